"""What a program of traffic counts and how it is asked: see "Traffic" in e2e/drivers/README.md."""

import os
import sys
import threading
import time

CLIENTS = int(os.environ["CLIENTS"])
THINK = 0.01
RETRY = 0.1


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = dict(committed=0, broken=0, refused=0, connects=0, wait=0)
        self.reasons = set()
        self.is_open = True

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def begun(self, wanted):
        waited = int((time.monotonic() - wanted) * 1000)
        with self.lock:
            self.counts["wait"] = max(self.counts["wait"], waited)

    def failed(self, was_begun, error):
        kind = "broken" if was_begun else "refused"
        self.count(kind)
        reason = f"{kind}: {type(error).__name__} {error}"
        if reason not in self.reasons:
            self.reasons.add(reason)
            print(reason, file=sys.stderr, flush=True)

    def print(self):
        with self.lock:
            line = " ".join(f"{name}={value}" for name, value in self.counts.items())
            self.counts["wait"] = 0
        print("tally", line, flush=True)

    def answer(self):
        """Each line of the input is answered with the counts; returns at its end."""
        for _ in sys.stdin:
            self.print()
        self.is_open = False
