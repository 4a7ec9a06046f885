"""How much slower mail comes in with the milter than with one that does
nothing (the same program, whose settings leave all mail alone, so that it is
not even sent the body): pairs of runs, one after the other, of letters with
much HTML, with every core busy. And whether the milter's memory stays flat at
full rate (SOAK seconds)."""

import contextlib
import os
import socket
import statistics
import sys
import threading
import time

from world import PIXEL, Milter, Postfix, folder

PAIRS = int(os.environ.get("PAIRS", "9"))
LETTERS = int(os.environ.get("LETTERS", "200"))
SOAK = int(os.environ.get("SOAK", "20"))
# What part of the pace is asked for.
LEAST = float(os.environ.get("LEAST", "0.9"))
# Of HTML, in bytes.
SIZE = int(os.environ.get("SIZE", "100000"))

SETTINGS = """[milter]
listen = "unix:SOCKET"
mode = "0666"
if-dkim = "modify"
local = "rinse"
MORE
"""

ROW = (
    '<tr><td style="padding:8px 16px;font-family:Arial,sans-serif;font-size:14px;color:#333333">'
    '<a href="https://news.example/read/{0}?utm_source=news&amp;utm_medium=email" style="color:#0055aa">Story {0}</a>'
    "<p>What has happened in the town this week, told in a few words for those who were not there.</p>"
    '<img src="https://news.example/pictures/{0}.jpg" width="600" height="200" alt="The town, seen from {0}"></td></tr>\r\n'
)


def letter(size):
    """A newsletter."""
    rows, number = [], 0
    while sum(map(len, rows)) < size:
        rows.append(ROW.format(number))
        number += 1
    return (
        "From: News <news@news.example>\r\nTo: reader@reader.example\r\nSubject: News\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><table role=\"presentation\">"
        + "".join(rows) + f"</table>{PIXEL}</body></html>\r\n"
    )


class Client:
    """A mail server that has much to hand over, on one connection."""

    def __init__(self, port):
        self.link = socket.create_connection(("127.0.0.1", port), 60)
        self.file = self.link.makefile("rb")
        self.say(None, 220)
        self.say("EHLO test", 250)

    def say(self, line, code):
        if line:
            self.link.sendall(line.encode() + b"\r\n")
        while True:
            reply = self.file.readline().decode()
            if reply[3:4] != "-":
                assert reply.startswith(str(code)), f"{line}: {reply}"
                return

    def hand(self, data):
        """One letter; how long it took, in seconds."""
        begun = time.monotonic()
        self.say("MAIL FROM:<news@news.example>", 250)
        self.say("RCPT TO:<reader@reader.example>", 250)
        self.say("DATA", 354)
        self.link.sendall(data)
        self.say(None, 250)
        return time.monotonic() - begun


def run(port, data, letters=None, until=None, clients=4):
    """Hands over so many letters, or until a time; the times they took, and the whole."""
    times, lock, left = [], threading.Lock(), [letters]

    def work():
        client, mine = Client(port), []
        while True:
            with lock:
                if letters is not None:
                    left[0] -= 1
                    if left[0] < 0:
                        break
                elif time.monotonic() >= until:
                    break
            mine.append(client.hand(data))
        with lock:
            times.extend(mine)

    begun = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, time.monotonic() - begun


class World:
    """A server with a milter, which delivers into a Maildir; what is delivered in a quarter of an hour has no place there."""

    def __init__(self, path, name, more="", extra=None):
        place = os.path.join(path, name)
        os.makedirs(place)
        os.chmod(place, 0o755)
        self.milter = Milter(place, SETTINGS.replace("MORE", more))
        self.postfix = Postfix(place, self.milter.socket, extra=extra)

    def start(self):
        self.milter.start()
        self.postfix.start()

    def stop(self):
        self.postfix.stop()
        self.milter.stop()

    def seconds(self):
        """Of the processor that the milter has used."""
        with open(f"/proc/{self.milter.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Of the milter, in kB: resident."""
        with open(f"/proc/{self.milter.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def pace(ours, idle, data):
    """Pairs of runs; whether the pace is at least what is asked for."""
    ratios, late = [], {"ours": [], "idle": []}
    for _ in range(PAIRS):
        rate = {}
        for name, world in (("idle", idle), ("ours", ours)):
            times, took = run(world.postfix.port, data, letters=LETTERS)
            rate[name] = LETTERS / took
            late[name] += times
        ratios.append(rate["ours"] / rate["idle"])
    p99 = {name: 1000 * sorted(times)[int(0.99 * len(times))] for name, times in late.items()}
    each = {name: 1000 * world.seconds() / (PAIRS * LETTERS) for name, world in (("idle", idle), ("ours", ours))}
    median = statistics.median(ratios)
    print(
        f"{SIZE:,} bytes of HTML, {PAIRS} pairs of {LETTERS} letters: {median:.2f} of the pace without "
        f"(from {min(ratios):.2f} to {max(ratios):.2f}); p99 {p99['idle']:.0f} ms without, {p99['ours']:.0f} ms with; "
        f"processor time of the milter {each['idle']:.2f} ms a letter without, {each['ours']:.2f} ms with",
        flush=True,
    )
    return median >= LEAST


def soak(world, data):
    """At full rate; whether memory is flat: the last third's highest is hardly above the first third's."""
    seen, ends = [], time.monotonic() + SOAK
    watching = threading.Event()

    def watch():
        while not watching.wait(SOAK / 100):
            seen.append(world.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    times, took = run(world.postfix.port, data, until=ends)
    watching.set()
    watcher.join()
    third = len(seen) // 3
    first, last = max(seen[:third]), max(seen[-third:])
    print(
        f"{took:.0f} s at full rate, {len(times):,} letters: the milter held {first / 1024:.1f} MiB at most in the first "
        f"third, {last / 1024:.1f} MiB in the last",
        flush=True,
    )
    return last <= 1.1 * first


@contextlib.contextmanager
def running(*worlds):
    try:
        for world in worlds:
            world.start()
        yield
    finally:
        for world in worlds:
            world.stop()


def main():
    data = (letter(SIZE) + ".\r\n").encode()
    wanted = sys.argv[1:]
    fine = True
    with folder() as path:
        if not wanted or "pace" in wanted:
            ours = World(path, "ours")
            idle = World(path, "idle", '[[for]]\nrecipient = "*"\noff = true')
            with running(ours, idle):
                for world in (ours, idle):
                    run(world.postfix.port, data, letters=20)
                fine &= pace(ours, idle, data)
        if not wanted or "soak" in wanted:
            world = World(path, "soak", extra={"virtual_transport": "discard:"})
            with running(world):
                fine &= soak(world, data)
    print("pace: holds" if fine else "failed: pace")
    sys.exit(not fine)


if __name__ == "__main__":
    main()
