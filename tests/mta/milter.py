"""Postfix with the milter, under everything that can go wrong: what was sent
has arrived or is still queued, once and whole. COUNT messages for each fault
(200; 2000 for the figures of a release)."""

import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time

from world import MAILRINSE, Milter, Postfix, account, folder, message, send, send_all, wait

COUNT = int(os.environ.get("COUNT", "200"))

SETTINGS = """authserv-id = "mx.reader.example"
[milter]
listen = "unix:SOCKET"
mode = "0666"
if-dkim = "modify"
local = "rinse"
"""


class Trouble(threading.Thread):
    """Does something again and again until it is told to stop."""

    def __init__(self, deed):
        super().__init__(daemon=True)
        self.deed, self.ends, self.times, self.error = deed, threading.Event(), 0, None

    def run(self):
        try:
            while not self.ends.is_set():
                self.deed(self.ends)
                self.times += 1
        except Exception as error:  # noqa: BLE001 - told by stop()
            self.error = error

    def stop(self):
        self.ends.set()
        self.join(120)
        if self.error:
            raise self.error
        return self.times


def kill(milter, number):
    def deed(ends):
        ends.wait(random.uniform(0.05, 0.4))
        milter.kill(number)
        milter.process.wait(40)
        milter.start()

    return deed


def freeze(milter):
    def deed(ends):
        ends.wait(random.uniform(0.1, 0.5))
        milter.kill(signal.SIGSTOP)
        # Longer than Postfix waits.
        ends.wait(random.uniform(0.5, 3.5))
        milter.kill(signal.SIGCONT)

    return deed


def reload(milter):
    def deed(ends):
        ends.wait(random.uniform(0.02, 0.1))
        # Every other time with settings that are wrong: the old ones stay.
        milter.write(SETTINGS + ("levle = 1\n" if random.random() < 0.5 else ""))
        milter.kill(signal.SIGHUP)

    return deed


def revive(milter):
    """What systemd does: started again where it ended by itself."""

    def deed(ends):
        ends.wait(0.1)
        if milter.process.poll() is not None:
            milter.start()

    return deed


def absent(milter):
    def deed(ends):
        milter.stop(signal.SIGTERM)
        ends.wait(random.uniform(1, 2))
        milter.start()
        ends.wait(random.uniform(0.5, 1))

    return deed


def trial(name, trouble=None, command=None, log=None, ends_well=True):
    """One fault; prints a line of figures."""
    with folder() as path:
        milter = Milter(path, SETTINGS, command=command and command(path))
        if log:
            milter.log = open(log, "wb", buffering=0)
        place = os.path.join(path, "postfix")
        os.makedirs(place)
        os.chmod(place, 0o755)
        postfix = Postfix(place, milter.socket, timeout="2s")
        try:
            milter.start()
            postfix.start()
            begun = time.monotonic()
            doing = trouble and Trouble(trouble(milter))
            if doing:
                doing.start()
            # Slow enough for many faults to fall into it.
            refused = send_all(postfix.port, range(COUNT), pause=0.2 if trouble else 0)
            times = doing.stop() if doing else 0
            if milter.process.poll() is not None:
                milter.start()
            wait("all is delivered", lambda: postfix.queued() == 0, 120)
            took = time.monotonic() - begun
            lost, twice, cut, rinsed = account(postfix.delivered(), COUNT)
            bounced = postfix.log().count("status=bounced")
            # A message that was taken in, then thrown away by us, is not there; one that was refused for good is
            # the sender's loss. A client that saw its connection break sends again, so a second copy may be its own.
            print(
                f"{name:<28} sent {COUNT} delivered {COUNT - len(lost)} lost {len(lost)} twice {len(twice)} "
                f"cut {len(cut)} refused {len(refused)} bounced {bounced} rinsed {rinsed} "
                f"faults {times} in {took:.1f} s",
                flush=True,
            )
            fine = not (lost or cut or refused or bounced or twice)
            if ends_well:
                must = sum(number % 3 != 0 for number in range(COUNT))
                fine = fine and rinsed == must
            if not fine:
                print(postfix.log()[-3000:])
            return fine
        finally:
            postfix.stop()
            milter.stop(signal.SIGKILL)


def little_memory(path):
    """The milter in too little memory: the allocator ends it now and then."""
    config = os.path.join(path, "config.toml")
    return ["sh", "-c", f"ulimit -v 300000; exec '{MAILRINSE}' milter --config '{config}'"]


def untouched():
    """Signed, encrypted and exempted mail goes through byte by byte."""
    pixel = '<img src="https://t.example/open?u=d9f1c27be04a4d7f" width="1" height="1">'
    cases = {
        "multipart/signed": (
            'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; boundary=b',
            f"--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>{pixel}  \r\n\tend\r\n--b\r\n"
            "Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--b--\r\n",
        ),
        "multipart/encrypted": (
            'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
            "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n"
            "Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--b--\r\n",
        ),
        "application/pkcs7-mime": (
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64",
            "MIIB\r\n",
        ),
    }
    settings = SETTINGS.replace('"modify"', '"skip"')
    with folder() as path:
        milter = Milter(path, settings)
        place = os.path.join(path, "postfix")
        os.makedirs(place)
        os.chmod(place, 0o755)
        postfix = Postfix(place, milter.socket)
        key = os.path.join(path, "key.pem")
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", key, "-days", "2",
             "-subj", "/CN=news@news.example"],
            capture_output=True,
        )
        wrong = []
        try:
            milter.start()
            postfix.start()
            sent = {}
            for number, (name, (kind, body)) in enumerate(cases.items()):
                sent[number] = (name, body, f"Subject: {number}\r\nFrom: news@news.example\r\nMIME-Version: 1.0\r\n{kind}\r\n\r\n{body}")
            number = len(sent)
            dkim = "DKIM-Signature: v=1; a=rsa-sha256; d=news.example; s=x;\r\n\th=from; bh=x; b=x\r\n"
            sent[number] = ("DKIM-Signature, skip", f"<p>x{pixel}\r\n", f"{dkim}Subject: {number}\r\nFrom: a@news.example\r\nContent-Type: text/html\r\n\r\n<p>x{pixel}\r\n")
            if made.returncode == 0:
                number = len(sent)
                content = os.path.join(path, "content")
                with open(content, "w", newline="") as file:
                    file.write(f"Content-Type: text/html\r\n\r\n<p>x</p>{pixel}\r\n")
                signed = subprocess.run(
                    ["openssl", "smime", "-sign", "-in", content, "-signer", key, "-inkey", key, "-subject", str(number), "-from", "news@news.example"],
                    capture_output=True, check=True, text=True,
                ).stdout
                signed = signed.replace("\r\n", "\n").replace("\n", "\r\n")
                sent[number] = ("S/MIME", signed.split("\r\n\r\n", 1)[1], signed)
            for _, _, text in sent.values():
                assert send(postfix.port, text) == 250
            wait("all is delivered", lambda: len(postfix.delivered()) == len(sent), 60)
            for text in postfix.delivered():
                head, body = text.split("\n\n", 1)
                number = int(head.split("\nSubject: ")[1].split("\n")[0])
                name, expected, _ = sent[number]
                same = body.rstrip("\n") == expected.replace("\r\n", "\n").rstrip("\n") and "X-Mailrinse" not in head
                if same and name == "S/MIME":
                    check = subprocess.run(["openssl", "smime", "-verify", "-noverify"], input=text, capture_output=True, text=True)
                    same = check.returncode == 0
                print(f"{name:<28} {'untouched' if same else 'CHANGED'}")
                if not same:
                    wrong.append(name)
        finally:
            postfix.stop()
            milter.stop()
        return not wrong


def main():
    random.seed(int(os.environ.get("SEED", "1")))
    wanted = sys.argv[1:]
    trials = {
        "plain": lambda: trial("no fault"),
        "kill": lambda: trial("kill -9 storm", lambda m: kill(m, signal.SIGKILL)),
        "crash": lambda: trial("crash (SIGABRT)", lambda m: kill(m, signal.SIGABRT)),
        "restart": lambda: trial("restart (SIGTERM)", lambda m: kill(m, signal.SIGTERM)),
        "hang": lambda: trial("hang (SIGSTOP)", freeze),
        "absent": lambda: trial("absent milter", absent),
        "reload": lambda: trial("reload (SIGHUP)", reload),
        "memory": lambda: trial("little memory", revive, command=little_memory, ends_well=False),
        "disk": lambda: trial("full disk for the log", log="/dev/full"),
        "untouched": untouched,
    }
    results = {name: run() for name, run in trials.items() if not wanted or name in wanted}
    failed = [name for name, fine in results.items() if not fine]
    print("failed: " + ", ".join(failed) if failed else f"mta: all of {len(results)} hold")
    sys.exit(bool(failed))


if __name__ == "__main__":
    # Many connections at once.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    main()
