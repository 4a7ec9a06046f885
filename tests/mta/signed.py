"""Signatures and the milter: signed and encrypted mail goes through byte by
byte and still verifies; what a DKIM signature and DMARC say of a mail before
and after it is forwarded, under both settings of if-dkim, by opendkim and
opendmarc. Every name is looked up in a file."""

import contextlib
import os
import re
import signal
import subprocess
import sys

from world import PIXEL, Milter, Postfix, answers, folder, send, wait

SETTINGS = """[milter]
listen = "unix:SOCKET"
mode = "0666"
if-dkim = "HOW"
local = "rinse"
"""


def openssl(*words, **more):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True, timeout=60, **more).stdout


def gpg(home, *words, **more):
    command = ["gpg", "--homedir", home, "--batch", "--quiet", "--no-tty", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, **more).stdout


def crlf(text):
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


PART = f"Content-Type: text/html\r\n\r\n<p>x</p>{PIXEL}\r\n"


def smime(path):
    """A message that openssl signed, and what verifies it."""
    key, content = os.path.join(path, "smime.pem"), os.path.join(path, "smime.txt")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", key, "-days", "2", "-subj", "/CN=news@news.example")
    with open(content, "w", newline="") as file:
        file.write(PART)
    text = crlf(openssl("smime", "-sign", "-in", content, "-signer", key, "-inkey", key))
    return text, lambda text: openssl("smime", "-verify", "-noverify", input=text)


def pgp(path):
    """A message that gpg signed, and what verifies it."""
    home = os.path.join(path, "gpg")
    os.mkdir(home, 0o700)
    gpg(home, "--passphrase", "", "--quick-generate-key", "news@news.example", "rsa2048", "sign", "1d")
    signature = crlf(gpg(home, "--armor", "--detach-sign", input=PART, encoding="ascii"))
    text = (
        'MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=pgp-sha512; boundary="b";\r\n'
        f' protocol="application/pgp-signature"\r\n\r\n--b\r\n{PART}\r\n--b\r\n'
        f"Content-Type: application/pgp-signature\r\n\r\n{signature}\r\n--b--\r\n"
    )

    def verify(text):
        part = crlf(text).split("--b\r\n")[1].removesuffix("\r\n")
        seal = text.split("--b\n")[2].split("\n\n", 1)[1].split("--b--")[0]
        files = [os.path.join(path, name) for name in ("signature", "signed")]
        for name, data in zip(files, (seal, part)):
            with open(name, "w", newline="") as file:
                file.write(data)
        gpg(home, "--verify", *files)

    return text, verify


def opaque(kind, body):
    """A message that only its reader can open; nothing verifies it here."""
    return f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{body}", lambda text: None


def untouched():
    """Signed, encrypted and exempted mail goes through byte by byte."""
    with folder() as path:
        milter = Milter(path, SETTINGS.replace("HOW", "skip"))
        place = os.path.join(path, "postfix")
        os.makedirs(place)
        os.chmod(place, 0o755)
        postfix = Postfix(place, milter.socket)
        cases = {
            "S/MIME, signed": smime(path),
            "PGP/MIME, signed": pgp(path),
            "PGP/MIME, encrypted": opaque(
                'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
                f"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n{PART}--b--\r\n",
            ),
            "S/MIME, encrypted": opaque("application/pkcs7-mime; smime-type=enveloped-data", "MIIB\r\n"),
            "DKIM-Signature, skip": opaque(
                "text/html\r\nDKIM-Signature: v=1; a=rsa-sha256; d=news.example; s=x;\r\n\th=from; bh=x; b=x",
                f"<p>x{PIXEL}  \r\n\tend\r\n",
            ),
        }
        wrong = []
        try:
            milter.start()
            postfix.start()
            for number, (text, _) in enumerate(cases.values()):
                head = f"Subject: {number}\r\nFrom: news@news.example\r\n"
                assert send(postfix.port, head + text) == 250
            wait("all is delivered", lambda: len(postfix.delivered()) == len(cases), 60)
            for text in postfix.delivered():
                head, body = text.split("\n\n", 1)
                name = list(cases)[int(re.search(r"^Subject: (\d+)$", head, re.M)[1])]
                sent, verify = cases[name]
                same = crlf(body).rstrip() == sent.split("\r\n\r\n", 1)[1].rstrip() and "X-Mailrinse" not in head
                with contextlib.suppress(subprocess.CalledProcessError):
                    verify(text)
                    print(f"{name:<28} {'untouched' if same else 'CHANGED'}", flush=True)
                    if same:
                        continue
                wrong.append(name)
        finally:
            postfix.stop()
            milter.stop()
        return not wrong


class Filter:
    """opendkim or opendmarc, with its settings in a file. Ended by its own id."""

    def __init__(self, path, name, program, settings):
        self.socket = os.path.join(path, f"{name}.sock")
        config = os.path.join(path, f"{name}.conf")
        settings = {
            "Socket": f"local:{self.socket}", "UMask": "000", "Background": "no", "Syslog": "no",
            "PidFile": os.path.join(path, f"{name}.pid"), **settings,
        }
        with open(config, "w") as file:
            file.writelines(f"{key} {value}\n" for key, value in settings.items())
        option = {"opendkim": "-x", "opendmarc": "-c"}[program]
        self.command = [f"/usr/sbin/{program}", "-f", option, config]
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL)
        wait(f"{self.command[0]} listens", lambda: self.process.poll() is None and answers(self.socket))

    def end(self):
        """Told to end, which takes libmilter seconds: several can do so side by side."""
        if self.process:
            self.process.send_signal(signal.SIGTERM)

    def stop(self):
        if not self.process:
            return
        self.end()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)


def results(text, service):
    """What a server wrote down: of DKIM, of DMARC."""
    text = re.sub(r"\n[ \t]+", " ", text.split("\n\n", 1)[0])
    found = []
    for method in ("dkim", "dmarc"):
        each = re.findall(rf"^Authentication-Results: {re.escape(service)};.*?\b{method}=(\w+)", text, re.M)
        found.append(each[0] if each else "none")
    return tuple(found)


def forwarded(how):
    """A signed mail, by way of a server with the milter, to another one."""
    with folder() as path:
        key = os.path.join(path, "dkim.pem")
        openssl("genrsa", "-out", key, "2048")
        public = openssl("rsa", "-in", key, "-pubout", "-outform", "PEM")
        public = "".join(public.split("\n")[1:-2])
        names = os.path.join(path, "names")
        with open(names, "w") as file:
            file.write(f"s._domainkey.news.example v=DKIM1; k=rsa; p={public}\n_dmarc.news.example v=DMARC1; p=reject\n")
        nobody = os.path.join(path, "nobody")
        with open(nobody, "w") as file:
            file.write("192.0.2.1\n")
        signer = Filter(path, "signer", "opendkim", {
            "Mode": "s", "Domain": "news.example", "Selector": "s", "KeyFile": key, "RequireSafeKeys": "no",
            "Canonicalization": "relaxed/simple",
        })

        def verifiers(name, service):
            dkim = Filter(path, f"dkim-{name}", "opendkim", {
                "Mode": "v", "AuthservID": service, "TestDNSData": f"file:{names}", "AlwaysAddARHeader": "yes",
            })
            dmarc = Filter(path, f"dmarc-{name}", "opendmarc", {
                "AuthservID": service, "TrustedAuthservIDs": service, "TestDNSData": names, "IgnoreHosts": nobody,
            })
            return [dkim, dmarc]

        here, there = verifiers("here", "mx.reader.example"), verifiers("there", "mx.far.example")
        milter = Milter(path, SETTINGS.replace("HOW", how))
        places = []
        for name in ("far", "near", "news"):
            place = os.path.join(path, name)
            os.makedirs(place)
            os.chmod(place, 0o755)
            places.append(place)
        sockets = lambda filters: ", ".join(f"unix:{it}" for it in filters)
        far = Postfix(places[0], extra={
            "myhostname": "mx.far.example",
            "virtual_mailbox_domains": "far.example",
            "smtpd_milters": sockets(it.socket for it in there),
        })
        near = Postfix(places[1], extra={
            "smtpd_milters": sockets([*(it.socket for it in here), milter.socket]),
            "virtual_alias_maps": "inline:{{reader@reader.example=reader@reader.example, other@far.example}}",
            "default_transport": f"smtp:[127.0.0.1]:{far.port}",
        })
        news = Postfix(places[2], extra={
            "myhostname": "mx.news.example",
            "virtual_mailbox_domains": "",
            "smtpd_milters": f"unix:{signer.socket}",
            "default_transport": f"smtp:[127.0.0.1]:{near.port}",
        })
        running = [signer, *here, *there, milter, far, near, news]
        begun = []
        try:
            for it in running:
                # First: what does not come up is stopped too.
                begun.append(it)
                it.start()
            text = (
                "From: News <news@news.example>\r\nTo: reader@reader.example\r\nSubject: 1\r\n"
                f"Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@news.example>\r\nMIME-Version: 1.0\r\n"
                f"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Letter</p>{PIXEL}\r\n"
            )
            assert send(news.port, text) == 250
            wait("both are delivered", lambda: near.delivered() and far.delivered(), 60)
            kept, passed = near.delivered()[0], far.delivered()[0]
            rinsed = "X-Mailrinse" in kept
            assert rinsed == ("X-Mailrinse" in passed) == (PIXEL not in kept)
            before, after = results(kept, "mx.reader.example"), results(passed, "mx.far.example")
            print(
                f"if-dkim = {how:<8} rinsed {'yes' if rinsed else 'no ':<4} here dkim={before[0]} dmarc={before[1]}  "
                f"forwarded dkim={after[0]} dmarc={after[1]}",
                flush=True,
            )
            expected = {"modify": (True, "fail"), "skip": (False, "pass")}[how]
            if (rinsed, before, after) == (expected[0], ("pass", "pass"), (expected[1], expected[1])):
                return True
            print(kept, passed, near.log()[-2000:], far.log()[-2000:], sep="\n----\n")
            return False
        finally:
            for it in begun:
                if isinstance(it, Filter):
                    it.end()
            for it in reversed(begun):
                it.stop()


def main():
    trials = {
        "untouched": untouched,
        "modify": lambda: forwarded("modify"),
        "skip": lambda: forwarded("skip"),
    }
    wanted = sys.argv[1:]
    failed = [name for name, run in trials.items() if (not wanted or name in wanted) and not run()]
    print("failed: " + ", ".join(failed) if failed else "signed: all holds")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
