# All set-up is in here: a fresh Debian machine with Rust needs no other step before `make test`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

CARGO ?= cargo
# What generated markup is generated from: the same in every `make test`, so that a failure is a change's own.
SEED ?= 20210129
BROWSER := tests/browser
WASM := wasm32-unknown-unknown

# make exports its own environment, so MAILRINSE_CORPUS, UPDATE and PROPTEST_CASES reach the tests.

.PHONY: help
help: ## say what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: test
test: needs lint wasm unit browser test-mta bench-check bench-linear ## everything CI checks; installs what it needs (apt, npm by lock file)

.PHONY: needs
needs: need-chromium need-node need-valgrind need-mta $(BROWSER)/node_modules/.package-lock.json ## install what the tests need
	@echo "make: have cargo, chromium, node with tests/browser/node_modules, valgrind, postfix, dovecot, procmail, maildrop, fdm"

.PHONY: lint
lint: ## formatting, clippy, rustdoc; no warning passes
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) clippy --all-targets --features resolve -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --features resolve

.PHONY: wasm
wasm: ## clippy of the library without its features: for wasm32, where that target can be had
	@lint="$(CARGO) clippy --lib --no-default-features"; \
	if test -d "$$(rustc --print sysroot)/lib/rustlib/$(WASM)" || rustup target add $(WASM); then \
	  lint="$$lint --target $(WASM)"; \
	else \
	  echo "make: the target $(WASM) cannot be had here: its check is skipped"; \
	fi; \
	set -x; $$lint -- -D warnings

.PHONY: unit
unit: $(BROWSER)/node_modules/.package-lock.json ## cargo test with all that there is: units, tests/suite, doctests, examples
	$(CARGO) build --examples --features resolve --profile test
	MAILRINSE_BROWSER=1 PROPTEST_RNG_SEED=$(SEED) $(CARGO) test --features resolve

.PHONY: hunt
hunt: ## the properties over much more generated markup, another each time (PROPTEST_CASES=n)
	PROPTEST_CASES=$${PROPTEST_CASES:-60000} $(CARGO) test --release --test suite -- of_generated of_mailish of_soup of_anything of_crumbs of_spellings of_tracked

FUZZ_TARGETS ?= html read css url rules blocks message
# How long each target runs, in seconds.
FUZZ_SECONDS ?= 1800
# The library has no unsafe code, so no sanitizer is needed, and the stable toolchain does.
FUZZ := $(CARGO) fuzz run --sanitizer none
# Where a target starts from is written anew from fixtures/ and rules/; what it finds besides is kept in fuzz/corpus.
.PHONY: fuzz
fuzz: need-cargo-fuzz ## every fuzz target for FUZZ_SECONDS (1800); FUZZ_TARGETS="html css" for some
	$(CARGO) test --quiet --test suite -- --ignored seeds::of_fuzzing
	for target in $(FUZZ_TARGETS); do \
	  $(FUZZ) $$target -- -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=20 -rss_limit_mb=4096 -print_final_stats=1; \
	done

.PHONY: fuzz-short
fuzz-short: ## ten seconds of each fuzz target
	$(MAKE) fuzz FUZZ_SECONDS=10

.PHONY: memory
memory: ## 100 MB and 1 GB of newsletters through a stream, in memory that does not grow
	$(CARGO) test --release --test memory -- --include-ignored --nocapture

.PHONY: browser
browser: need-chromium need-node $(BROWSER)/node_modules/.package-lock.json ## can the browser harness fail? are rinsed fixtures accessible?
	node --test $(BROWSER)/selftest.mjs
	$(CARGO) build
	node $(BROWSER)/audit.mjs --command $${CARGO_TARGET_DIR:-target}/debug/mailrinse --least 1 fixtures/html

.PHONY: audit
audit: need-chromium need-node $(BROWSER)/node_modules/.package-lock.json ## axe and the mail checks on every mail at hand, before and after a rinse
	$(CARGO) build --release
	node $(BROWSER)/audit.mjs --command $${CARGO_TARGET_DIR:-target}/release/mailrinse fixtures/html $${MAILRINSE_CORPUS:-}

.PHONY: bench-check
bench-check: need-valgrind ## instructions per byte against benches/baseline.tsv; more than 5 % up fails
	$(CARGO) bench --bench count -- check

.PHONY: bench-start
bench-start: need-valgrind ## the whole command as users build it: a mail, a message of two lines, an attachment
	$(CARGO) bench --bench count --no-run
	$(CARGO) build --release
	@built="$${CARGO_TARGET_DIR:-target}/release/mailrinse"; cp "$$built" "$$built-alone"; \
	$(CARGO) bench --bench count -- command "$$built-alone"

.PHONY: bench-stages
bench-stages: need-valgrind ## what each stage costs, in instructions per byte: a newsletter, one out of an archive
	$(CARGO) bench --bench count -- stages newsletter:100000
	$(CARGO) bench --bench count -- stages fixtures/html/icann-marketo/input.html

# Up to 4 MB by hand: make bench-linear LINEAR=2000000, half an hour.
LINEAR ?= 60000
.PHONY: bench-linear
bench-linear: need-valgrind ## hostile shapes at LINEAR bytes and twice that: no more than 2.3 times the instructions
	$(CARGO) bench --bench linear -- check $(LINEAR)

.PHONY: mutants
mutants: ## does a hostile case notice each line of policy and each guard that is taken out?
	$(CARGO) test --test suite -- mutants:: guards:: --include-ignored --nocapture --test-threads=1

.PHONY: eval
eval: ## which planted beacons are found, by class and disguise; which pictures stay
	$(CARGO) test --test suite -- eval:: --nocapture --test-threads=1

.PHONY: mailbox
mailbox: ## a Maildir of 10,000 messages, killed 20 times: none is lost, none is half
	MAILBOX_SCALE=10 $(CARGO) test --release --test suite -- mailbox:: --nocapture

PREFIX ?= /usr/local
DESTDIR ?=
COMMANDS := url explain check diff resolve mailbox rules config milter
.PHONY: install
install: ## the command, its man pages, completions and the milter's unit, below $(DESTDIR)$(PREFIX)
	$(CARGO) build --profile dist --locked
	@bin="$${CARGO_TARGET_DIR:-target}/dist/mailrinse"; to="$(DESTDIR)$(PREFIX)"; made=$$(mktemp -d); \
	trap 'rm -rf "$$made"' EXIT; \
	"$$bin" man > "$$made/mailrinse.1"; \
	for it in $(COMMANDS); do "$$bin" man $$it > "$$made/mailrinse-$$it.1"; done; \
	"$$bin" completions bash > "$$made/mailrinse"; \
	"$$bin" completions zsh > "$$made/_mailrinse"; \
	"$$bin" completions fish > "$$made/mailrinse.fish"; \
	install -D -m 0755 "$$bin" "$$to/bin/mailrinse"; \
	for page in "$$made"/*.1; do install -D -m 0644 -t "$$to/share/man/man1" "$$page"; done; \
	install -D -m 0644 "$$made/mailrinse" "$$to/share/bash-completion/completions/mailrinse"; \
	install -D -m 0644 "$$made/_mailrinse" "$$to/share/zsh/site-functions/_mailrinse"; \
	install -D -m 0644 "$$made/mailrinse.fish" "$$to/share/fish/vendor_completions.d/mailrinse.fish"; \
	sed "s|/usr/local/bin|$(PREFIX)/bin|" contrib/mailrinse.service > "$$made/unit"; \
	install -D -m 0644 "$$made/unit" "$(DESTDIR)/etc/systemd/system/mailrinse.service"; \
	echo "make: installed below $$to"

# How many messages each fault gets; how many seconds each of the tests may take before it is ended and has failed.
COUNT ?= 60
MTA_SECONDS ?= 600
MTA = MAILRINSE_COMMAND=$${CARGO_TARGET_DIR:-$(CURDIR)/target}/debug/mailrinse timeout -k 60 $(MTA_SECONDS) python3
.PHONY: test-mta
test-mta: need-mta ## Python reads rinsed messages as before; Postfix, Dovecot, procmail, maildrop, fdm on loopback: recipes as written, signatures, faults under load
	$(CARGO) build
	$(MTA) tests/mta/reads.py
	COUNT=$(COUNT) $(MTA) tests/mta/milter.py
	$(MTA) tests/mta/signed.py
	COUNT=10 $(MTA) tests/mta/recipes.py
	SOAK=15 $(MTA) tests/mta/pace.py soak

.PHONY: test-mta-full
test-mta-full: ## the same with 2,000 messages for each fault
	$(MAKE) test-mta COUNT=2000 MTA_SECONDS=7200

.PHONY: test-mta-pace
test-mta-pace: need-mta ## how much slower mail comes in with the milter; is its memory flat for SOAK seconds (900)?
	$(CARGO) build --release
	MAILRINSE_COMMAND=$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/mailrinse SOAK=$${SOAK:-900} python3 tests/mta/pace.py

.PHONY: test-root
test-root: ## a fresh Debian, and docs/recipes/postfix-milter.md followed to the first mail that is rinsed; as root
	@command -v debootstrap >/dev/null || $(call apt,debootstrap)
	python3 tests/mta/newroot.py

PEERS := benches/peers
.PHONY: bench-peers
bench-peers: need-node need-bluemonday ## other sanitizers on the same newsletter, by processor time
	cd $(PEERS) && npm ci --no-audit --no-fund
	python3 -m venv target/peers && target/peers/bin/pip -q install nh3==0.3.2
	GO111MODULE=off GOPATH=/usr/share/gocode go build -o target/bluemonday $(PEERS)/bluemonday.go
	$(CARGO) bench --no-run --bench count
	BLUEMONDAY=$(CURDIR)/target/bluemonday COUNT=$$(ls -t $${CARGO_TARGET_DIR:-target}/release/deps/count-* | grep -v '\.d$$' | head -1) target/peers/bin/python $(PEERS)/run.py

.PHONY: bench-update
bench-update: need-valgrind ## write today's instructions per byte to benches/baseline.tsv
	$(CARGO) bench --bench count -- update

.PHONY: fixtures
fixtures: ## write the fixtures' expected output anew, for review
	UPDATE=1 $(CARGO) test
	git status --short fixtures

.PHONY: docs
docs: ## write docs/rules.md and docs/what-we-remove.md anew from the rules
	UPDATE=1 $(CARGO) test --lib -- docs_rules_md docs_what_we_remove_md
	git status --short docs

.PHONY: clean
clean: ## remove what was built
	$(CARGO) clean
	rm -rf $(BROWSER)/node_modules

$(BROWSER)/node_modules/.package-lock.json: $(BROWSER)/package-lock.json $(BROWSER)/package.json | need-node
	cd $(BROWSER) && npm ci
	touch $@

# One line each: there, or installed by apt, or a clear word about what is missing.

.PHONY: need-chromium need-node need-valgrind need-mta need-bluemonday need-cargo-fuzz
need-chromium:
	@command -v "$${CHROMIUM:-chromium}" chromium-headless-shell chromium-browser google-chrome >/dev/null \
	  || $(call apt,chromium fonts-liberation)
need-node:
	@command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' \
	  || $(call apt,nodejs npm)
need-bluemonday:
	@command -v go >/dev/null && test -d /usr/share/gocode/src/github.com/microcosm-cc/bluemonday \
	  || $(call apt,golang-go golang-github-microcosm-cc-bluemonday-dev)
need-cargo-fuzz:
	@$(CARGO) fuzz --version >/dev/null 2>&1 || $(CARGO) install --locked --quiet cargo-fuzz
need-mta:
	@for it in postfix dovecot sievec procmail maildrop fdm python3 openssl opendkim opendmarc gpg; do \
	  PATH=$$PATH:/usr/sbin:/sbin command -v $$it >/dev/null || missing=1; \
	done; test -z "$${missing:-}" \
	  || $(call apt,postfix dovecot-core dovecot-lmtpd dovecot-sieve procmail maildrop fdm python3 openssl opendkim opendmarc gnupg)
need-valgrind:
	@command -v valgrind >/dev/null || $(call apt,valgrind)

# Package lists may be old or not there yet: then once more after an update.
define apt
{ \
  echo "make: needs $(1)"; \
  if ! command -v apt-get >/dev/null; then echo "make: no apt-get here: please install $(1)" >&2; exit 1; fi; \
  if test "$$(id -u)" = 0; then root=(env DEBIAN_FRONTEND=noninteractive); \
  elif sudo -n true 2>/dev/null; then root=(sudo -n env DEBIAN_FRONTEND=noninteractive); \
  else echo "make: neither root nor sudo without a password: please run  apt-get install $(1)" >&2; exit 1; fi; \
  get=("$${root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300); \
  "$${get[@]}" install -y --no-install-recommends $(1) \
    || { "$${get[@]}" update; "$${get[@]}" install -y --no-install-recommends $(1); }; \
}
endef
