"""What the processes that hold no model take when nobody asks anything of them."""

import statistics
import time

from baton import Instance
from report import figure, publish

REPETITIONS = 3
# The time in which start-up work ends; what is measured does not depend on its length.
SETTLING = 2
FIELDS = ("VmRSS", "RssAnon", "RssFile", "RssShmem")


def resident(pid):
    """Megabytes of a process by kind."""
    found = {}
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name in FIELDS:
                found[name] = int(value.split()[0]) * 1024 / 1e6
    return found


def main():
    """Measures both processes of several starts."""
    services, managers = [], []
    for _ in range(REPETITIONS):
        with Instance() as baton:
            baton.wait_ready()
            time.sleep(SETTLING)
            services.append(resident(baton.pid("serve", "ocr")))
            managers.append(resident(baton.pid("device")))
    for name, measured, bar in (
        ("service_idle_mb", services, 20),
        ("manager_mb", managers, 15),
    ):
        totals = [each["VmRSS"] for each in measured]
        parts = ", ".join(
            f"{field} {statistics.median(each[field] for each in measured):.1f}"
            for field in FIELDS[1:]
        )
        spread = (min(totals), max(totals))
        figure(name, statistics.median(totals), "MB", bar, spread=spread, note=f"MB: {parts}")


if __name__ == "__main__":
    main()
    publish()
