"""Lets a Python program be a contender: see bench/engine/program.ts."""

import json
import sys
import time

import numpy as np


def read_bars(path):
    """The columns of a file of bars, by name."""
    columns = np.fromfile(path, dtype="<f8").reshape(6, -1)
    return dict(zip(("timestamp", "open", "high", "low", "close", "volume"), columns))


def answer_rounds(hello, run):
    """run() does the work once and returns what it came to."""

    # What the libraries print is not for the other side.
    answers, sys.stdout = sys.stdout, sys.stderr

    def say(line):
        print(json.dumps(line), file=answers, flush=True)

    say(hello)
    for line in sys.stdin:
        wanted, begin = float(line), time.perf_counter()
        runs, took = 0, 0.0
        while took < wanted or runs == 0:
            summary = run()
            runs += 1
            took = time.perf_counter() - begin
        say({"runs": runs, "seconds": took, "summary": summary})
