"""How much slower mail comes in with the milter than with one that does
nothing: pairs of runs, one after the other, of letters with much HTML. And
whether the milter's memory stays flat at full rate (SOAK seconds)."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time

from world import PIXEL, Milter, Postfix, answers, folder, send, wait

PAIRS = int(os.environ.get("PAIRS", "9"))
LETTERS = int(os.environ.get("LETTERS", "200"))
SOAK = int(os.environ.get("SOAK", "20"))
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
        import socket

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
    """A server with a milter."""

    def __init__(self, path, name, more, delivers=True):
        place = os.path.join(path, name)
        os.makedirs(place)
        os.chmod(place, 0o755)
        self.milter = Milter(place, SETTINGS.replace("MORE", more))
        extra = "" if delivers else "virtual_transport = discard:"
        self.postfix = Postfix(place, self.milter.socket, extra=extra)

    def start(self):
        self.milter.start()
        self.postfix.start()

    def stop(self):
        self.postfix.stop()
        self.milter.stop()

    def memory(self):
        """Of the milter, in kB: resident."""
        with open(f"/proc/{self.milter.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def main():
    data = (letter(SIZE) + ".\r\n").encode()
    delivers = not os.environ.get("DISCARD")
    with folder() as path:
        ours = World(path, "ours", "", delivers)
        idle = World(path, "idle", "[[for]]\nrecipient = \"*\"\noff = true", delivers)
        try:
            ours.start()
            idle.start()
            for world in (ours, idle):
                run(world.postfix.port, data, letters=20)
            ratios, late = [], {"ours": [], "idle": []}
            for _ in range(PAIRS):
                pair = {}
                for name, world in (("idle", idle), ("ours", ours)):
                    times, took = run(world.postfix.port, data, letters=LETTERS)
                    pair[name] = LETTERS / took
                    late[name] += times
                ratios.append(pair["ours"] / pair["idle"])
                print(f"a pair: {pair['idle']:.0f} letters a second without, {pair['ours']:.0f} with: {ratios[-1]:.3f}", flush=True)
            p99 = {name: 1000 * sorted(times)[int(0.99 * len(times))] for name, times in late.items()}
            print(
                f"{len(ratios)} pairs of {LETTERS} letters of {SIZE} bytes: {statistics.median(ratios):.3f} "
                f"of the pace of a milter that does nothing (from {min(ratios):.3f} to {max(ratios):.3f}); "
                f"p99 {p99['idle']:.0f} ms without, {p99['ours']:.0f} ms with"
            )
        finally:
            ours.stop()
            idle.stop()


if __name__ == "__main__":
    main()
