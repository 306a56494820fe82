"""Requests a second and latency against a bare libmicrohttpd server in the same run."""

import http.client
import statistics

from http_server import bare, load, ours
from report import publish, samples

ROUNDS = 5
SECONDS = 2


def body_of_health(port):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request("GET", "/health")
    text = client.getresponse().read().decode()
    client.close()
    return text


def measure():
    """Rounds of all measurements, one after the other, so that the machine's moods hit all alike."""
    rounds = []
    with ours() as server, bare(body_of_health(server.port)) as yardstick:
        load("rate", server.port, "/health", 32, 1)
        load("rate", yardstick.port, "/health", 32, 1)
        for _ in range(ROUNDS):
            many = [
                load("rate", yardstick.port, "/health", 32, SECONDS),
                load("rate", server.port, "/health", 32, SECONDS),
                load("rate", server.port, "/wait/abc", 32, SECONDS),
            ]
            one = [
                load("rate", yardstick.port, "/health", 1, SECONDS / 2),
                load("rate", server.port, "/health", 1, SECONDS / 2),
            ]
            rounds.append((many, one))
    return rounds


rounds = measure()
failed = sum(each["failed"] for many, one in rounds for each in many + one)
bare_rate = statistics.median([many[0]["rate"] for many, _ in rounds])
bare_p50 = statistics.median([one[0]["p50_us"] for _, one in rounds])
samples(
    "http_health_share",
    [many[1]["rate"] / many[0]["rate"] for many, _ in rounds],
    "x",
    bar=0.9,
    higher_is_better=True,
    note=f"/health at 32 connections; bare {bare_rate:.0f} requests/s; {failed} failed",
)
samples(
    "http_waiting_route_share",
    [many[2]["rate"] / many[0]["rate"] for many, _ in rounds],
    "x",
    bar=0.45,
    higher_is_better=True,
    note="a route that waits for another task, against the same bare server",
)
samples(
    "http_one_connection_p50",
    [one[1]["p50_us"] / one[0]["p50_us"] for _, one in rounds],
    "x",
    bar=1.2,
    note=f"bare {bare_p50:.1f} us",
)
publish()
