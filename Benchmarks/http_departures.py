"""From a client's leaving to the cancellation of its handler's task, in three states."""

import json
import subprocess

from baton import RELEASE, Failed
from report import figure, publish

ended = subprocess.run(
    [str(RELEASE / "http-benchmark"), "departures"], capture_output=True, text=True, timeout=120
)
if ended.returncode != 0:
    raise Failed(f"http-benchmark departures: {ended.stdout}{ended.stderr}")
for state, measured in json.loads(ended.stdout).items():
    figure(
        f"http_departure_{state}_p99",
        measured["p99_ms"],
        "ms",
        bar=100,
        spread=(measured["p50_ms"], measured["max_ms"]),
        note=f"{measured['count']} clients, half of them by reset; spread is p50 and maximum",
    )
publish()
