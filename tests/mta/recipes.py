"""The recipes of docs/recipes, as they are written, with the programs that
they are for. Each is tried with a filter that works and with one that fails:
what arrives, what is kept for later, what is lost."""

import os
import pwd
import re
import socket
import subprocess
import sys
import time

from world import MAILRINSE, ROOT, Postfix, account, answers, folder, message, port, send_all, wait

COUNT = int(os.environ.get("COUNT", "20"))
CRLF = "\r\n"


def block(page, kind):
    """A block of a recipe, by its language."""
    with open(os.path.join(ROOT, "docs", "recipes", page + ".md")) as file:
        text = file.read()
    found = re.search(rf"^```{kind}\n(.*?)^```", text, re.M | re.S)
    assert found, f"{page}: no block {kind}"
    return found.group(1)


def script(path, text):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


def commands(path, broken):
    """A folder with `mailrinse` in it: the real one, or one that fails as it does in trouble."""
    os.makedirs(path, exist_ok=True)
    text = {
        None: f"#!/bin/sh\nexec '{MAILRINSE}' --no-config \"$@\"\n",
        "exit 75": f"#!/bin/sh\nexec '{MAILRINSE}' --config /none \"$@\"\n",
        "kill -9": "#!/bin/sh\nhead -c 100\nkill -9 $$\n",
    }[broken]
    script(os.path.join(path, "mailrinse"), text)
    return path + ":" + os.environ["PATH"]


def plain(number):
    return message(number).replace("\r\n", "\n")


def tell(name, state, sent, delivered, kept, lost, rinsed):
    print(f"{name:<24} {state or 'works':<8} sent {sent:>3} rinsed {rinsed:>3} as it came {delivered - rinsed:>3} kept {kept:>3} lost {lost:>3}", flush=True)
    return lost == 0


def agent(name, run):
    """A delivery agent that reads one message: run(path, state, text, PATH) gives exit status and what was delivered."""
    good = True
    for state in (None, "exit 75", "kill -9"):
        with folder() as path:
            search = commands(os.path.join(path, "bin"), state)
            rinsed = delivered = kept = lost = 0
            for number in range(COUNT):
                status, texts = run(path, plain(number), search)
                if texts:
                    delivered += 1
                    rinsed += "X-Mailrinse" in texts[-1]
                    if len(texts) != 1 or f"End of {number}." not in texts[-1]:
                        lost += 1
                elif status == 75:
                    kept += 1
                else:
                    lost += 1
            good &= tell(name, state, COUNT, delivered, kept, lost, rinsed)
            if state is None and rinsed != sum(number % 3 != 0 for number in range(COUNT)):
                print(f"{name}: not all that should be was rinsed")
                good = False
    return good


def in_box(path):
    """What one run put into a Maildir; it is empty afterwards."""
    found = []
    for name in ("new", "cur"):
        where = os.path.join(path, "box", name)
        for entry in os.listdir(where) if os.path.isdir(where) else []:
            with open(os.path.join(where, entry)) as file:
                found.append(file.read())
            os.remove(os.path.join(where, entry))
    return found


def maildir(path):
    for name in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(path, "box", name), exist_ok=True)


def with_procmail(path, text, search):
    maildir(path)
    rc = os.path.join(path, "procmailrc")
    with open(rc, "w") as file:
        file.write(f"PATH={search}\nSHELL=/bin/sh\nMAILDIR={path}\nDEFAULT={path}/box/\nLOGFILE={path}/log\nVERBOSE=no\n{block('procmail', 'procmail')}")
    done = subprocess.run(["procmail", "-m", rc], input=text, text=True, capture_output=True, timeout=60)
    return done.returncode, in_box(path)


def with_maildrop(path, text, search):
    maildir(path)
    rc = os.path.join(path, "mailfilter")
    with open(rc, "w") as file:
        file.write(f"PATH=\"{search}\"\nDEFAULT=\"{path}/box\"\n{block('maildrop', 'maildrop')}\nto \"{path}/box\"\n")
    os.chmod(rc, 0o600)
    done = subprocess.run(["maildrop", rc], input=text, text=True, capture_output=True, timeout=60, cwd=path)
    return done.returncode, in_box(path)


def with_fdm(path, text, search):
    maildir(path)
    tool = script(os.path.join(path, "fdm-filter"), block("fdm", "fdm-filter"))
    action = block("fdm", "fdm").replace("/usr/local/lib/mailrinse/fdm-filter", tool)
    rc = os.path.join(path, "fdm.conf")
    with open(rc, "w") as file:
        file.write(f"set lock-file \"{path}/lock\"\naccount \"stdin\" stdin\n{action}action \"box\" maildir \"{path}/box\"\nmatch all action \"rinse\" continue\nmatch all action \"box\"\n")
    os.chmod(rc, 0o600)
    done = subprocess.run(
        ["fdm", "-f", rc, "fetch"], input=text, text=True, capture_output=True, timeout=60,
        env={**os.environ, "PATH": search, "HOME": path},
    )
    return done.returncode, in_box(path)


# sendmail -G -i -f SENDER -- RECIPIENT…, in a shell that every user may run.
INJECT = r"""#!/bin/bash
set -e
sender=$4
shift 5
exec 3<>/dev/tcp/127.0.0.1/PORT
say() {
  if [ -n "$1" ]; then printf '%s\r\n' "$1" >&3; fi
  while read -r line <&3; do case $line in ???-*) ;; $2*) return 0 ;; *) exit 75 ;; esac; done
  exit 75
}
say "" 220
say "EHLO test" 250
say "MAIL FROM:<$sender>" 250
for to in "$@"; do say "RCPT TO:<$to>" 250; done
say DATA 354
sed -e 's/\r$//' -e 's/^\./../' -e 's/$/\r/' >&3
say . 250
"""


def postfix_pipe():
    good = True
    for state in (None, "exit 75", "kill -9"):
        with folder() as path:
            search = commands(os.path.join(path, "bin"), state)
            place = os.path.join(path, "postfix")
            os.makedirs(place)
            os.chmod(place, 0o755)
            # Postfix' sendmail reads the configuration of the machine alone, so another hands the result back.
            back = port()
            inject = script(os.path.join(path, "sendmail"), INJECT.replace("PORT", str(back)))
            text = block("postfix-pipe", "postfix-filter").replace("/usr/sbin/sendmail", inject)
            text = text.replace("#!/bin/sh\n", f"#!/bin/sh\nPATH={search}\n", 1)
            tool = script(os.path.join(path, "postfix-filter"), text)
            master = block("postfix-pipe", "postfix-master")
            service, rest = master.split("mailrinse unix", 1)
            rest = rest.replace("/usr/local/lib/mailrinse/postfix-filter", tool).replace("user=mailrinse", "user=nobody")
            option = service.split("\n", 1)[1]
            postfix = Postfix(place, master=f"127.0.0.1:{back} inet n - n - 20 smtpd\nmailrinse unix{rest}")
            with open(os.path.join(postfix.config, "master.cf")) as file:
                lines = file.read()
            with open(os.path.join(postfix.config, "master.cf"), "w") as file:
                file.write(lines.replace("20 smtpd\n", "20 smtpd\n" + option, 1))
            try:
                postfix.start()
                refused = send_all(postfix.port, range(COUNT))
                if state is None:
                    wait("all is delivered", lambda: postfix.queued() == 0, 60)
                else:
                    time.sleep(3)
                lost, twice, cut, rinsed = account(postfix.delivered(), COUNT)
                bounced = postfix.log().count("status=bounced")
                kept = COUNT - len(postfix.delivered())
                fine = not (twice or cut or refused or bounced) and (state is not None or not lost)
                fine &= postfix.queued() >= kept
                good &= tell("Postfix pipe", state, COUNT, len(postfix.delivered()), kept, bounced + len(cut), rinsed) and fine
            finally:
                postfix.stop()
    return good


def lmtp(path, number):
    """Hands a message over; the reply's code, 0 where the connection broke."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(60)
        try:
            link.connect(path)
            file = link.makefile("rwb")

            def say(line):
                if line:
                    file.write(line.encode() + b"\r\n")
                    file.flush()
                while True:
                    reply = file.readline().decode()
                    if not reply:
                        return 0
                    if reply[3:4] != "-":
                        return int(reply[:3])

            say("")
            say("LHLO test")
            say("MAIL FROM:<news@news.example>")
            say("RCPT TO:<reader@reader.example>")
            if say("DATA") != 354:
                return 0
            file.write(message(number).encode().replace(b"\r\n.", b"\r\n.."))
            return say(".")
        except OSError:
            return 0


def dovecot(form):
    good = True
    for state in (None, "exit 75", "kill -9"):
        with folder() as path:
            search = commands(os.path.join(path, "bin"), state)
            tools = os.path.join(path, "sieve")
            os.makedirs(tools)
            text = block("dovecot-sieve", "sieve-filter").replace("#!/bin/sh\n", f"#!/bin/sh\nPATH={search}\n", 1)
            script(os.path.join(tools, "rinse"), text)
            rules = os.path.join(path, "mailrinse.sieve")
            with open(rules, "w") as file:
                file.write(block("dovecot-sieve", form))
            owner = pwd.getpwnam("nobody")
            home = os.path.join(path, "home")
            os.makedirs(home)
            os.chown(home, owner.pw_uid, owner.pw_gid)
            recipe = block("dovecot-sieve", "dovecot")
            recipe = recipe.replace("/usr/local/lib/mailrinse/sieve", tools).replace("/etc/dovecot/sieve/mailrinse.sieve", rules)
            config = os.path.join(path, "dovecot.conf")
            with open(config, "w") as file:
                file.write(f"""base_dir = {path}/run
state_dir = {path}/state
log_path = {path}/dovecot.log
protocols = lmtp
ssl = no
default_internal_user = dovecot
mail_location = maildir:{home}/Maildir
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={home} allow_all_users=yes
}}
service lmtp {{
  unix_listener {path}/lmtp {{
    mode = 0666
  }}
}}
{recipe}""")
            subprocess.run(["sievec", "-c", config, "-x", "+vnd.dovecot.filter", rules], capture_output=True, timeout=60)
            server = subprocess.Popen(["dovecot", "-F", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait("dovecot listens", lambda: answers(os.path.join(path, "lmtp")))
                kept = sum(lmtp(os.path.join(path, "lmtp"), number) != 250 for number in range(COUNT))
                texts = []
                for base, _, files in os.walk(os.path.join(home, "Maildir")):
                    if os.path.basename(base) in ("new", "cur"):
                        for name in files:
                            with open(os.path.join(base, name)) as file:
                                texts.append(file.read())
                lost, twice, cut, rinsed = account(texts, COUNT)
                if state is None and rinsed != sum(number % 3 != 0 for number in range(COUNT)):
                    good = False
                    with open(os.path.join(path, "dovecot.log")) as file:
                        print(file.read()[-2000:])
                good &= not (twice or cut)
                good &= tell(f"Dovecot {form}", state, COUNT, len(texts), kept, len(lost) - kept, rinsed)
            finally:
                server.terminate()
                server.wait(30)
    return good


def main():
    wanted = sys.argv[1:]
    recipes = {
        "procmail": lambda: agent("procmail", with_procmail),
        "maildrop": lambda: agent("maildrop", with_maildrop),
        "fdm": lambda: agent("fdm", with_fdm),
        "pipe": postfix_pipe,
        "sieve": lambda: dovecot("sieve"),
        "sieve-test": lambda: dovecot("sieve-test"),
    }
    results = {name: run() for name, run in recipes.items() if not wanted or name in wanted}
    failed = [name for name, fine in results.items() if not fine]
    print("failed: " + ", ".join(failed) if failed else f"recipes: all of {len(results)} hold")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
