"""How long loading takes the language service, and what memory it takes when nothing is loaded."""

import statistics
import time

from language import RANDOM, Bare, Language
from memory import FIELDS, resident
from report import figure, log, publish, samples

LOADS, STARTS = 12, 3
# After an unload, until what it left behind has gone.
SETTLING = 3


def load():
    """Milliseconds until a request that loads is answered, and until a llama-server is ready."""
    pairs = []
    with Language() as language:
        # The file comes into the page cache.
        language.load(RANDOM)
        line = language.engine(RANDOM)
        for number in range(LOADS):
            language.unload(RANDOM)
            pair = [0.0, 0.0]
            for place in (0, 1) if number % 2 == 0 else (1, 0):
                if place == 0:
                    pair[0] = language.load(RANDOM)
                else:
                    with Bare(line) as bare:
                        pair[1] = bare.milliseconds
            pairs.append(pair)
            log(f"{pair[0]:.0f} ms, llama-server {pair[1]:.0f}")
    return pairs


def rest():
    """Megabytes of the service before any model, and after one was loaded, used and unloaded."""
    fresh, used = [], []
    for _ in range(STARTS):
        with Language() as language:
            time.sleep(SETTLING)
            fresh.append(resident(language.service))
            language.load(RANDOM)
            language.unload(RANDOM)
            time.sleep(SETTLING)
            used.append(resident(language.service))
    return fresh, used


def main():
    """Both, one after another."""
    pairs = load()
    ours, bare = (statistics.median(column) for column in zip(*pairs))
    samples(
        "language_load",
        [a / b for a, b in pairs],
        "x",
        bar=1.1,
        note=f"318 million weights from the page cache: {ours:.0f} ms until /api/generate answers,"
        f" {bare:.0f} until llama-server's /health does, asked every 5 ms",
    )
    fresh, used = rest()
    totals = [each["VmRSS"] for each in used]
    parts = ", ".join(
        f"{field} {statistics.median(each[field] for each in used):.1f}" for field in FIELDS[1:]
    )
    figure(
        "language_idle_mb",
        statistics.median(totals),
        "MB",
        bar=20,
        spread=(min(totals), max(totals)),
        note=f"after a load and an unload; MB: {parts}; before, in all"
        f" {statistics.median(each['VmRSS'] for each in fresh):.1f}",
    )


main()
publish()
