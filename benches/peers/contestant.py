"""A peer in Python: one question a line (`work seconds`), one line of JSON as answer. `contestant.py MODULE`."""

import gc
import importlib
import json
import sys
import time

import numpy as np


def hash32(of):
    """The declared numbers that are no chance ("lowbias32"), of an array of whole numbers."""
    x = np.asarray(of, dtype=np.uint32).copy()
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def unit(of):
    """24 bits of it, in [0, 1)."""
    return (hash32(of) >> np.uint32(8)).astype(np.float64) / 16777216.0


def turn(work, seconds):
    units, taken, runs = 0.0, 0.0, 0
    while runs == 0 or taken < seconds:
        work.reset()
        began = time.perf_counter()
        done = work.run()
        # A work that knows better what to count as its time (rounds without the start of processes) says so.
        done, spent = done if isinstance(done, tuple) else (done, time.perf_counter() - began)
        units += done
        taken += spent
        runs += 1
    return units, taken, runs


def main():
    module = importlib.import_module(sys.argv[1])
    name, work, check = None, None, None
    for line in sys.stdin:
        asked, seconds = line.split()
        try:
            if asked != name:
                work = None
                gc.collect()
                work = module.prepare(asked.split("/"))
                # The first run warms up and compiles; the check is taken from it.
                work.reset()
                work.run()
                name, check = asked, work.check()
            units, taken, runs = turn(work, float(seconds))
            answer = {"units": units, "seconds": taken, "runs": runs, "check": float(check)}
        except Exception as why:  # A peer that fails is a row that says so.
            answer = {"error": f"{type(why).__name__}: {why}"[:300]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    # Works import the numbers from here by this name.
    sys.modules["contestant"] = sys.modules["__main__"]
    main()
