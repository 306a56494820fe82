"""10 000 connections that have asked once and then say nothing."""

import statistics

from http_server import held, load, ours
from report import figure, publish, samples

CONNECTIONS = 10_000
ROUNDS = 5

with ours() as server:
    with held("idle", server.port, "/health", CONNECTIONS):
        rounds = [load("rate", server.port, "/health", 1, 2) for _ in range(ROUNDS)]
        memory = server.memory()

median = statistics.median([each["p50_us"] for each in rounds])
figure("http_idle_memory", memory / 1e6, "MB", bar=80, note=f"{CONNECTIONS} connections, in all")
samples(
    "http_idle_health_p99",
    [each["p99_us"] / 1000 for each in rounds],
    "ms",
    bar=5,
    note=f"beside them; p50 {median:.0f} us",
)
publish()
