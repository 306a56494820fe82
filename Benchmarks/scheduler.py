"""What the scheduler's decisions cost, and what its order is worth, in virtual time."""

import math
import time

from baton import RELEASE, output
from report import figure, publish

SIZES = (10, 1_000, 10_000, 100_000)
ROUNDS = 5


def decisions():
    """One event, with more and more tickets waiting."""
    program = str(RELEASE / "scheduler-benchmark")
    rounds = [output(program, *map(str, SIZES)) for _ in range(ROUNDS)]
    for index, size in enumerate(SIZES):
        ends = [each[index]["end_p50_ns"] / 1000 for each in rounds]
        worst = max(each[index]["end_p99_ns"] for each in rounds) / 1000
        figure(
            f"decision_us_{size}",
            sorted(ends)[ROUNDS // 2],
            "us",
            bar=20 if size == 1_000 else None,
            spread=(min(ends), max(ends)),
            note=f"a ticket ends and the next is granted; p99 at most {worst:.1f}",
        )
    small, large = SIZES[1], SIZES[-1]
    growth = [each[-1]["end_p50_ns"] / each[1]["end_p50_ns"] for each in rounds]
    figure(
        "decision_growth",
        sorted(growth)[ROUNDS // 2],
        "x",
        bar=large * math.log(large) / (small * math.log(small)),
        spread=(min(growth), max(growth)),
        note=f"from {small} to {large} waiting; the bar is n log n",
    )


def simulated(*options):
    """The results of a simulation, by policy."""
    results = output(str(RELEASE / "baton"), "simulate", "--json", *options)
    return {each["policy"]: each for each in results}


def order():
    """What the simulator says of the order, and how fast it says it."""
    start = time.monotonic()
    simulated("--scene", "home", "--rate", "100", "--span", "24h", "--policy", "baton")
    figure(
        "simulated_day",
        time.monotonic() - start,
        "s",
        bar=10,
        note="a day of 100 requests/s through the scheduler",
    )
    keys = simulated("--scene", "keys", "--load", "20", "--span", "30m")
    figure(
        "simulated_jain_index",
        keys["baton"]["jain_index"],
        "",
        bar=0.98,
        higher_is_better=True,
        note=f"six equal keys, each of which asks for more than its share; fifo"
        f" {keys['fifo']['jain_index']:.3f}",
    )
    for load in (0.5, 0.7, 0.9, 1.1):
        both = simulated("--scene", "home", "--load", str(load), "--span", "2h")
        for name in ("realtime", "interactive", "background"):
            ours, fifo = (both[policy]["classes"][name] for policy in ("baton", "fifo"))
            figure(
                f"simulated_wait_{name}_{load}",
                ours["wait_p95_ms"],
                "ms",
                note=f"p95; fifo {fifo['wait_p95_ms']:.0f} ms",
            )


decisions()
order()
publish()
