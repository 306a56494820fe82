"""What the language service computes for each token that it hands on.

As time on a processor, because a rate would measure the model: the demo model writes thousands of
tokens a second.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from language import DEMO, Directly, Language, ThroughBaton, conversation, in_turns
from report import figure, log, publish, samples

STORY = conversation("Tell me a story.")
# The story ends by itself before.
LONG, SHORT = 400, 1
REQUESTS, ROUNDS = 40, 5


def processor_us(pid):
    """Microseconds that a process has computed so far, threads that have ended included."""
    # The number of its clock, as clock_getcpuclockid(3) makes it.
    return time.clock_gettime_ns((~pid << 3) | 2) / 1000


class Cost:
    """What processes compute for some requests."""

    def __init__(self, pids, ask):
        """`ask` makes `REQUESTS` requests and returns how many tokens came."""
        before = [processor_us(pid) for pid in pids]
        start = time.perf_counter()
        self.tokens = ask()
        self.seconds = time.perf_counter() - start
        self.each_us = [processor_us(pid) - time for pid, time in zip(pids, before)]


def per_token(pids, ask):
    """Microseconds per token less those of one-token requests, and per request; tokens a second."""
    rounds, requests, rates = [], [], []
    for _ in range(ROUNDS):
        short, long = (Cost(pids, lambda limit=limit: ask(limit)) for limit in (SHORT, LONG))
        more = long.tokens - short.tokens
        rounds.append([(b - a) / more for a, b in zip(short.each_us, long.each_us)])
        requests.append([us / REQUESTS for us in short.each_us])
        rates.append(long.tokens / long.seconds)
    log(f"{statistics.median(rates):.0f} tokens/s, {long.tokens} tokens a round")
    return rounds, requests, rates


def one_client(language):
    """One stream after the other."""
    client = ThroughBaton(language, DEMO)

    def ask(limit):
        return sum(client.chat(STORY, limit).tokens for _ in range(REQUESTS))

    return per_token([language.service, language.manager], ask)


def eight_clients(language):
    """Eight streams at once."""
    clients = [ThroughBaton(language, DEMO) for _ in range(8)]

    def share(client, limit):
        return sum(client.chat(STORY, limit).tokens for _ in range(REQUESTS // len(clients)))

    with ThreadPoolExecutor(len(clients)) as pool:

        def ask(limit):
            return sum(pool.map(lambda client: share(client, limit), clients))

        return per_token([language.service], ask)


def rates(ways):
    """Tokens a second through Baton and from its engine, round by round."""
    found = []
    for number in range(20):
        pair = [0.0, 0.0]
        for place, way in in_turns(number, *ways):
            pair[place] = way.chat(STORY, LONG).rate
        found.append(pair)
    return [statistics.median(column) for column in zip(*found)]


def main():
    """One client, the engine itself for comparison, then eight clients."""
    with Language() as language:
        language.load(DEMO)
        rounds, requests, _ = one_client(language)
        ours, other = rates((ThroughBaton(language, DEMO), Directly(language.socket(DEMO))))
    with Language(language="loading:\n  parallel: 8\n") as language:
        language.load(DEMO)
        crowded, _, _ = eight_clients(language)
    service, manager = (statistics.median(column) for column in zip(*requests))
    samples(
        "language_us_per_token",
        [each[0] for each in rounds],
        "us",
        bar=25,
        note="processor time of the service per token of one stream, less requests of one token,"
        f" which take {service:.0f} us there and {manager:.0f} in the manager; {ours:.0f} tokens/s,"
        f" llama-server {other:.0f}",
    )
    figure(
        "language_us_per_token_8_clients",
        statistics.median(each[0] for each in crowded),
        "us",
        spread=(min(each[0] for each in crowded), max(each[0] for each in crowded)),
    )


main()
publish()
