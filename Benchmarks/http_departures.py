"""From a client's leaving to the cancellation of its handler's task, in three states."""

from baton import RELEASE, output
from report import figure, publish

for state, measured in output(RELEASE / "http-benchmark", "departures", timeout=120).items():
    figure(
        f"http_departure_{state}_p99",
        measured["p99_ms"],
        "ms",
        bar=100,
        spread=(measured["p50_ms"], measured["max_ms"]),
        note=f"{measured['count']} clients, half of them by reset; spread is p50 and maximum",
    )
publish()
