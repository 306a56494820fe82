"""1000 streams of 20 events a second: how late they come, and what each costs in memory."""

import json

from http_server import held, ours
from report import figure, publish

STREAMS = 1000
SECONDS = 8

with ours() as server:
    # What the first requests bring in for good does not count against the streams.
    with held("idle", server.port, "/health", 50):
        before = server.memory()
    with held("streams", server.port, "/events", STREAMS, SECONDS) as line:
        measured = json.loads(line)
        after = server.memory()
    processor = server.processor_time()

expected = STREAMS * 20 * SECONDS
note = (
    f"{measured['events']} of {expected} events, p50 {measured['p50_ms']} ms, "
    f"max {measured['max_ms']} ms, {measured['lost']} streams lost, "
    f"{processor:.1f} s of processor time in all"
)
figure("http_stream_lateness_p99", measured["p99_ms"], "ms", bar=20, note=note)
figure("http_stream_memory", (after - before) / STREAMS / 1000, "kB", bar=30)
publish()
