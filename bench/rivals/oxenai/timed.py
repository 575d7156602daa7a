"""Times a section of a script and writes the result to the file named by BENCH_REPORT."""

import json
import os
import resource
import time
from contextlib import contextmanager


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def timed():
    wall, cpu = time.monotonic(), cpu_seconds()
    yield
    report = {"wallSeconds": time.monotonic() - wall, "cpuSeconds": cpu_seconds() - cpu}
    with open(os.environ["BENCH_REPORT"], "w") as file:
        json.dump(report, file)
