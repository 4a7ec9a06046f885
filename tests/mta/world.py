"""A mail server of its own for a test: Postfix with its own folders, ports and
queue, on loopback only. What it delivers lands in a Maildir and is counted."""

import atexit
import contextlib
import email
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time

# Whoever ends a test ends what it started: the servers are stopped on the way out.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def reachable(command):
    """A copy that every user of the machine may run."""
    place = tempfile.mkdtemp(prefix="mailrinse-mta-bin-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    os.chmod(place, 0o755)
    copy = shutil.copy(command, os.path.join(place, "mailrinse"))
    os.chmod(copy, 0o755)
    return copy


MAILRINSE = reachable(os.environ.get("MAILRINSE_COMMAND", os.path.join(ROOT, "target", "release", "mailrinse")))

PIXEL = '<img src="https://t.example/open?u=d9f1c27be04a4d7f" width="1" height="1">'


def port():
    """One that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(what, test, seconds=30):
    """Until the test holds, or an error."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = test()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def answers(place):
    """Whether somebody listens there: a port, or a path."""
    kind = socket.AF_INET if isinstance(place, int) else socket.AF_UNIX
    with socket.socket(kind) as probe:
        probe.settimeout(1)
        try:
            probe.connect(("127.0.0.1", place) if isinstance(place, int) else place)
        except OSError:
            return False
        return True


def message(number, body=None, kind="html", extra=""):
    """A message that is known by its number; of every third nothing is to be changed."""
    pixel = "" if number % 3 == 0 else PIXEL
    text = body if body is not None else f"<p>Letter {number}</p>{pixel}" + "<p>x</p>\r\n" * 20
    return (
        f"From: News <news@news.example>\r\nTo: reader@reader.example\r\nSubject: {number}\r\n"
        f"Message-ID: <{number}@news.example>\r\nMIME-Version: 1.0\r\n{extra}"
        f"Content-Type: text/{kind}; charset=utf-8\r\n\r\n{text}\r\nEnd of {number}.\r\n"
    )


class Milter:
    """The program under test. Ended by its own id."""

    def __init__(self, folder, settings, log="milter.log", command=None):
        self.folder = folder
        self.socket = os.path.join(folder, "milter.sock")
        self.config = os.path.join(folder, "config.toml")
        self.write(settings)
        self.log = open(os.path.join(folder, log), "ab")
        self.command = command or [MAILRINSE, "milter", "--config", self.config]
        self.process = None

    def write(self, settings):
        with open(self.config, "w") as file:
            file.write(settings.replace("SOCKET", self.socket))

    def start(self):
        self.process = subprocess.Popen(self.command, stderr=self.log, stdin=subprocess.DEVNULL)
        wait("the milter listens", lambda: self.process.poll() is None and answers(self.socket))

    def kill(self, number):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.kill(signal.SIGCONT)
            self.kill(number)
            self.process.wait(40)
        return self.process and self.process.returncode


class Postfix:
    """Its own instance, started and stopped with its own folders."""

    def __init__(self, folder, milter=None, timeout="10s", action="tempfail", extra=None, master=""):
        self.folder = folder
        self.port = port()
        config, queue, data = (os.path.join(folder, name) for name in ("config", "queue", "data"))
        for path in (config, queue, data):
            os.makedirs(path)
        self.config, self.queue = config, queue
        owner = pwd.getpwnam("postfix")
        os.chown(data, owner.pw_uid, owner.pw_gid)
        self.maildir = os.path.join(folder, "maildir")
        for name in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.maildir, name))
        for path in [self.maildir] + [os.path.join(self.maildir, name) for name in ("cur", "new", "tmp")]:
            os.chown(path, owner.pw_uid, owner.pw_gid)
        milters = f"unix:{milter}" if milter else ""
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": queue,
            "data_directory": data,
            "command_directory": "/usr/sbin",
            "daemon_directory": "/usr/lib/postfix/sbin",
            "mail_owner": "postfix",
            "setgid_group": "postdrop",
            "myhostname": "mx.reader.example",
            "mydestination": "",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8",
            "virtual_mailbox_domains": "reader.example",
            "virtual_mailbox_base": folder,
            "virtual_mailbox_maps": "static:maildir/",
            "virtual_uid_maps": f"static:{owner.pw_uid}",
            "virtual_gid_maps": f"static:{owner.pw_gid}",
            "virtual_minimum_uid": "1",
            "smtpd_milters": milters,
            "milter_default_action": action,
            "milter_command_timeout": timeout,
            "milter_content_timeout": timeout,
            "milter_connect_timeout": timeout,
            "smtpd_recipient_restrictions": "permit_mynetworks, reject",
            "smtpd_error_sleep_time": "0",
            "smtpd_client_connection_count_limit": "0",
            "default_process_limit": "20",
            "minimal_backoff_time": "1s",
            "maximal_backoff_time": "2s",
            "queue_run_delay": "1s",
            "maximal_queue_lifetime": "1d",
            "bounce_queue_lifetime": "1d",
            "maillog_file": f"{folder}/mail.log",
            "maillog_file_prefixes": folder,
            "smtputf8_enable": "no",
            "default_transport": "error:no mail leaves this test",
            **(extra or {}),
        }
        # No name twice: Postfix warns of that in each process, and the socket to its log holds ten lines
        # (net.unix.max_dgram_qlen). master, which writes there too, starts what reads it: they wait for each other.
        with open(os.path.join(config, "main.cf"), "w") as file:
            file.writelines(f"{key} = {value}\n" for key, value in settings.items())
        with open(os.path.join(config, "master.cf"), "w") as file:
            file.write(
                f"""127.0.0.1:{self.port} inet n - n - 20 smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
{master}
"""
            )

    def run(self, *words):
        # Into a file: what it starts keeps a pipe open, and then the limit would not hold.
        with open(os.path.join(self.folder, "commands.log"), "ab") as log:
            subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=30)

    def start(self):
        self.run("postfix", "-c", self.config, "start")
        wait("postfix listens", lambda: answers(self.port))

    def stop(self):
        try:
            self.run("postfix", "-c", self.config, "stop")
        except subprocess.SubprocessError:
            # Its own: the number is in the file that master itself wrote.
            with contextlib.suppress(OSError, ValueError), open(os.path.join(self.queue, "pid", "master.pid")) as file:
                os.killpg(int(file.read()), signal.SIGKILL)

    def flush(self):
        with contextlib.suppress(subprocess.SubprocessError):
            self.run("postqueue", "-c", self.config, "-f")

    def queued(self):
        return sum(
            len(files)
            for name in ("maildrop", "incoming", "active", "deferred", "hold")
            for _, _, files in os.walk(os.path.join(self.queue, name))
        )

    def delivered(self):
        """Numbers and texts of what has arrived."""
        found = []
        for name in ("new", "cur"):
            folder = os.path.join(self.maildir, name)
            for entry in os.scandir(folder):
                with open(entry.path, "rb") as file:
                    found.append(file.read().decode("utf-8", "surrogateescape"))
        return found

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(self.folder, "mail.log"), errors="replace") as file:
                return file.read()
        return ""


def send(place, text, sender="news@news.example", recipient="reader@reader.example", seconds=300):
    """As a mail server does: it tries again until it is told 2xx, or 5xx, or for so long. Gives the last code."""
    code = None
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with smtplib.SMTP("127.0.0.1", place, timeout=30) as smtp:
                smtp.sendmail(sender, [recipient], text.encode("utf-8", "surrogateescape"))
                return 250
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
        except smtplib.SMTPResponseException as error:
            code = error.smtp_code
        except (OSError, smtplib.SMTPServerDisconnected):
            code = 421
        if code and code >= 500:
            return code
        time.sleep(0.1)
    return code


def send_all(place, numbers, make=message, workers=8, pause=0):
    """Sends them side by side; numbers that were refused for good."""
    refused, lock, left = [], threading.Lock(), list(reversed(list(numbers)))

    def work():
        while True:
            with lock:
                if not left:
                    return
                number = left.pop()
            code = send(place, make(number))
            time.sleep(pause)
            if code != 250:
                with lock:
                    refused.append((number, code))

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def account(texts, count):
    """Lost, twice, cut short, and how many were rinsed."""
    seen, cut, rinsed = {}, [], 0
    for text in texts:
        parsed = email.message_from_string(text)
        number = int(parsed["Subject"])
        seen[number] = seen.get(number, 0) + 1
        if not text.rstrip().endswith(f"End of {number}.") and f"End of {number}." not in text:
            cut.append(number)
        rinsed += "X-Mailrinse" in parsed
    lost = [number for number in range(count) if number not in seen]
    twice = [number for number, times in seen.items() if times > 1]
    return lost, twice, cut, rinsed


@contextlib.contextmanager
def folder():
    """Which postfix's own user can enter."""
    path = tempfile.mkdtemp(prefix="mailrinse-mta-")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        if not os.environ.get("KEEP"):
            shutil.rmtree(path, ignore_errors=True)
