"""Sanitizers side by side on one newsletter, by processor time, in rounds: each
round runs every peer once for N and once for 3 N documents, and the difference
is what 2 N cost. First each is given live markup: one that lets it through is
left out. COUNT is the bench `count`, which holds the peers written in Rust, BLUEMONDAY
the one in Go."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = os.environ["COUNT"]
ROUNDS = int(os.environ.get("ROUNDS", "9"))
LIVE = "<p>x</p><script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>y</a>"

# How each is called, and how many documents it can do in a moment.
PEERS = {
    "mailrinse": ([COUNT, "rinse"], 60),
    "mailrinse, level patch": ([COUNT, "patch"], 60),
    "ammonia 4, its default": ([COUNT, "ammonia"], 60),
    "ammonia 4, a mail policy": ([COUNT, "ammonia-mail"], 60),
    "nh3 (ammonia, from Python)": ([sys.executable, os.path.join(HERE, "with_nh3.py")], 60),
    "bluemonday, for users' text": ([os.environ["BLUEMONDAY"]], 30),
    "DOMPurify with jsdom": (["node", os.path.join(HERE, "dompurify.mjs")], 4),
    "lol_html, no handlers": ([COUNT, "lol_html"], 600),
}
# It is no sanitizer: the limit for what reads HTML with it.
LIMIT = "lol_html, no handlers"


def seconds(command, file, times):
    """Of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, file, str(times)], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def is_live(command, file):
    out = subprocess.run([*command, file, "1", "show"], check=True, capture_output=True, text=True).stdout
    assert "<p>x</p>" in out, f"{command}: {out}"
    return any(word in out for word in ("<script", "onerror", "javascript:"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: os.path.join(folder, name) for name in ("live.html", "newsletter.html")}
        with open(paths["live.html"], "w") as file:
            file.write(LIVE)
        with open(paths["newsletter.html"], "wb") as file:
            file.write(subprocess.run([COUNT, "show", "newsletter:100000", "1"], check=True, capture_output=True).stdout)
        size = os.path.getsize(paths["newsletter.html"])
        peers = dict(PEERS)
        for name, (command, _) in PEERS.items():
            if name not in (LIMIT, "mailrinse, level patch") and is_live(command, paths["live.html"]):
                print(f"{name}: left out, it lets live markup through")
                del peers[name]
        times = {name: [] for name in peers}
        for _ in range(ROUNDS):
            for name, (command, number) in peers.items():
                file = paths["newsletter.html"]
                took = seconds(command, file, 3 * number) - seconds(command, file, number)
                times[name].append(took / (2 * number))
        base = statistics.median(times["ammonia 4, its default"])
        print(f"a newsletter of {size:,} bytes, {ROUNDS} rounds: milliseconds of a processor, and how many times as fast as ammonia's default")
        for name, each in sorted(times.items(), key=lambda it: statistics.median(it[1])):
            median = statistics.median(each)
            spread = f"{1000 * min(each):.2f} to {1000 * max(each):.2f}"
            print(f"{name:<28}{1000 * median:>9.2f}   ({spread}){base / median:>9.2f}")


if __name__ == "__main__":
    main()
