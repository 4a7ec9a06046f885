"""Postfix with the milter, under everything that can go wrong: what was sent
has arrived or is still queued, once and whole. COUNT messages for each fault
(200; 2000 for the figures of a release)."""

import os
import random
import resource
import signal
import sys
import threading
import time

from world import MAILRINSE, Milter, Postfix, account, folder, send_all, wait

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
