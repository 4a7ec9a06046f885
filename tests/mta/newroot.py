"""What a new admin does: a fresh Debian with its own Postfix, in a folder and a
network of its own, docs/recipes/postfix-milter.md followed as it stands, then
one letter from elsewhere. As root; the packages come from Debian's mirror."""

import os
import re
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RECIPE = os.path.join(HERE, "docs", "recipes", "postfix-milter.md")
# Reserved for documentation (RFC 5737); it exists in the network of this test alone.
ELSEWHERE = "192.0.2.10"
PIXEL = '<img src="https://t.example/open?u=d9f1c27be04a4d7f" width="1" height="1">'


def block(kind):
    """A block of the recipe, without the indent of its list."""
    with open(RECIPE) as file:
        found = re.search(rf"^   ```{kind}\n(.*?)^   ```", file.read(), re.M | re.S)
    assert found, f"no block {kind}"
    return re.sub(r"^   ", "", found.group(1), flags=re.M)


def run(*command, **more):
    subprocess.run(command, check=True, **more)


def outer():
    root = tempfile.mkdtemp(prefix="mailrinse-root-")
    os.chmod(root, 0o755)
    try:
        with open(os.path.join(root, "debootstrap.log"), "w") as log:
            run("debootstrap", "--variant=minbase", "--include=postfix", "bookworm", root, stdout=log, stderr=log,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        print("newroot: a fresh Debian 12", flush=True)
        run("make", "-s", "install", f"DESTDIR={root}", cwd=HERE)
        # No name and no address of anything outside can be reached in there, and all of it ends together.
        done = subprocess.run(
            ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, __file__, root],
            timeout=300,
        )
        return done.returncode
    finally:
        if not os.environ.get("KEEP"):
            shutil.rmtree(root, ignore_errors=True)


def inner(root):
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{ELSEWHERE}/32", "dev", "lo")
    run("mount", "-t", "proc", "proc", os.path.join(root, "proc"))
    run("mount", "--bind", "/dev", os.path.join(root, "dev"))

    def sh(text):
        run("chroot", root, "/bin/sh", "-ec", text)

    def append(path, text):
        with open(os.path.join(root, path.lstrip("/")), "a") as file:
            file.write(text)

    # What Debian itself would have asked for or started.
    sh("adduser --quiet --disabled-password --gecos '' reader")
    append("/etc/postfix/main.cf", "maillog_file = /var/log/postfix.log\n")
    sh("test -e /etc/aliases.db || newaliases; postfix start 2>/dev/null")

    sh(block("sh setup"))
    append("/etc/mailrinse/config.toml", block("toml"))
    append("/etc/postfix/main.cf", block("postfix-main"))
    sh(block("sh start"))

    text = (
        "From: News <news@news.example>\r\nTo: reader@localhost\r\nSubject: News\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Letter</p>{PIXEL}\r\n"
    )
    end = time.monotonic() + 60
    while True:
        try:
            with smtplib.SMTP(ELSEWHERE, 25, timeout=30, source_address=(ELSEWHERE, 0), local_hostname="news.example") as smtp:
                smtp.sendmail("news@news.example", ["reader@localhost"], text)
            break
        except (OSError, smtplib.SMTPException) as error:
            if time.monotonic() > end:
                raise
            print(f"newroot: not yet: {error}", flush=True)
            time.sleep(1)
    box = os.path.join(root, "var/mail/reader")
    while not (os.path.exists(box) and os.path.getsize(box)):
        if time.monotonic() > end:
            with open(os.path.join(root, "var/log/postfix.log")) as log:
                print(log.read())
            raise AssertionError("no mail came")
        time.sleep(0.2)
    with open(box) as file:
        mail = file.read()
    mark = re.search(r"^X-Mailrinse: .*(?:\n[ \t].*)*", mail, re.M)
    assert mark and PIXEL not in mail and "<p>Letter</p>" in mail, mail
    print(f"newroot: the first mail was rinsed: {mark[0]}")


if __name__ == "__main__":
    sys.exit(inner(sys.argv[1]) if len(sys.argv) > 1 else outer())
