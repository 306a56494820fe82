"""What the device socket costs beside the bare kernel; see Benchmarks/DeviceSocket."""

import os

from baton import RELEASE, Instance, output
from manager import Models
from report import figure, publish


def measure():
    """Runs the benchmark program against a manager that knows a simulated model."""
    with Models() as models:
        models.simulated("echo", dtype="u8", shape=[-1])
        # The manager on one core and its clients on another: where the kernel puts them decides
        # between 40 and 110 us for an exchange, and must be the same for ours and the bare one.
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[-1]})
        with Instance("device", folders=[models.path]) as baton:
            baton.wait_ready(baton.status_port)
            program = [
                *("taskset", "--cpu-list", str(cores[0])),
                RELEASE / "device-benchmark",
                baton.home / "runtime" / "device.sock",
                "echo",
                str(cores[-1]),
            ]
            return output(*program)


def compare(name, series, base, bar):
    """Adds how many times the base's median a series takes, block by block for the spread."""
    ratios = [own / other for own, other in zip(series["medians"], base["medians"])]
    figure(
        name,
        series["p50"] / base["p50"],
        "x",
        bar=bar,
        spread=(min(ratios), max(ratios)),
        note=(
            f"p50 {series['p50']:.0f} us, p95 {series['p95']:.0f}, p99 {series['p99']:.0f};"
            f" bare p50 {base['p50']:.0f}, p95 {base['p95']:.0f}, p99 {base['p99']:.0f}"
        ),
    )


result = measure()
compare("ping_to_bare", result["ping"], result["bare"], 2)
compare("grant_to_bare", result["grant"], result["bare"], 3)
compare("transfer_to_memcpy", result["transfer"], result["memcpy"], 1.5)
ticket = result["ticket"]
figure(
    "ticket_us",
    ticket["p50"],
    "us",
    spread=(min(ticket["medians"]), max(ticket["medians"])),
    note="acquired, granted and released; the release waits for nobody",
)
publish()
