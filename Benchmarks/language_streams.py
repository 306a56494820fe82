"""Streams of the language service against its engine, asked directly: how soon, how fast.

Both ways have the same requests and take turns, request by request. And what becomes of an engine that
Baton starts, against one that is started by itself.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from baton import RELEASE, Failed, free_ports
from http_server import Server
from language import (
    FIRST_TOKENS,
    RANDOM,
    Bare,
    Directly,
    Language,
    ThroughBaton,
    ask_all,
    conversation,
    first_texts,
    in_turns,
    wish,
)
from report import log, middle, publish, quantile, samples

# With their later turns, enough for the middle to be known to some hundredths.
CONVERSATIONS = 12
# Rounds of streams: rates differ by some hundredths from one to the next, in waves of seconds, so
# that many short ones tell more than a few long ones.
ROUNDS_OF_ONE, ROUNDS_OF_EIGHT = 30, 10
# Two processes of one engine differ by some hundredths.
STARTS, ROUNDS_OF_A_START = 6, 5
# The first of the prompts that no other part asks.
FRESH = 600
SENTENCE = "the small engine waited for the baton and ran along the long line every morning "


def first_token(ways, relay):
    """Milliseconds from the request to the first text, less what the engine took for the prompt.

    And the floor: what a relay adds that only passes bytes on, and has an owner of the engine to ask.
    """
    rows = first_texts((*ways, relay))
    columns = list(zip(*rows))
    kept, whole = (
        [quantile(0.5, [getattr(text, name) for text in column]) for column in columns]
        for name in ("around_ms", "first_ms")
    )
    plain = [ours.first_ms - bare.first_ms for ours, bare, _ in rows]
    middle(
        "language_first_token_added_ms",
        [ours.around_ms - bare.around_ms for ours, bare, _ in rows],
        "ms",
        bar=1,
        note=f"p50 and quartiles of {FIRST_TOKENS} pairs of prompts: what is left without the"
        f" engine's own time for the prompt is {kept[0]:.2f} ms, llama-server's {kept[1]:.2f}; with"
        f" it {whole[0]:.1f} and {whole[1]:.1f}, and the difference {quantile(0.5, plain):.2f}"
        f" ({quantile(0.25, plain):.1f} to {quantile(0.75, plain):.1f})",
    )
    middle(
        "language_first_token_floor_ms",
        [floor.around_ms - bare.around_ms for _, bare, floor in rows],
        "ms",
        note="the same of Benchmarks/Relay: two processes in C that pass bytes and connections on",
    )


def next_turns(ways):
    """The first text of later turns, when the engine has what came before in its cache."""
    ratios, kept = [], []
    for number in range(CONVERSATIONS):
        times = [None] * len(ways)
        # One conversation after the other: the engine has one place for them.
        for place, way in in_turns(number, *ways):
            said, times[place] = [f"{2 * number + place} times: {SENTENCE * 12}"], []
            for _ in range(4):
                text = way.chat(conversation(*said), 8)
                times[place].append(text.first_ms)
                said += [text.text, "And then?"]
        ratios += [ours / bare for ours, bare in list(zip(*times))[1:]]
        kept += [later / times[0][0] for later in times[0][1:]]
    samples(
        "language_next_turn",
        ratios,
        "x",
        bar=1.05,
        note="time to first token after a conversation's first turn, to llama-server's; it is"
        f" {statistics.median(kept):.2f} of the first turn's",
    )


def one_stream(ways):
    """Tokens a second of one stream after its first token."""
    rates = []
    for number in range(ROUNDS_OF_ONE):
        texts = ask_all(ways, number, wish(number), 32)
        rates.append([text.rate for text in texts])
    report_rates("language_decode_1_client", rates)


def eight_streams(ways):
    """Tokens a second of eight streams at once."""
    clients, tokens, rates = 8, 32, []
    with ThreadPoolExecutor(clients) as pool:
        for number in range(ROUNDS_OF_EIGHT):
            found = [0.0, 0.0]
            for place, way in in_turns(number, *ways):
                tasks = [
                    pool.submit(client.chat, wish(index), tokens)
                    for index, client in enumerate(way)
                ]
                texts = [task.result() for task in tasks]
                if any(text.tokens != tokens for text in texts):
                    raise Failed("a stream has ended early")
                begin = min(text.first for text in texts)
                end = max(text.last for text in texts)
                found[place] = clients * tokens / (end - begin)
            rates.append(found)
    report_rates("language_decode_8_clients", rates)


def report_rates(name, rates, preface=""):
    """Rates of both, round by round."""
    ours, bare = (statistics.median(column) for column in zip(*rates))
    ratios = [a / b for a, b in rates]
    middle(
        name,
        ratios,
        "x",
        bar=0.98,
        higher_is_better=True,
        note=f"{preface}{ours:.1f} tokens/s, llama-server {bare:.1f}",
    )


def engines(language):
    """What Baton's engine does of its own, against one that was started by itself: both several times."""
    rates, prompts = [], []
    for start in range(STARTS):
        if start > 0:
            language.unload(RANDOM)
            language.load(RANDOM)
        line = language.engine(RANDOM)
        with Bare(line) as bare:
            ways = Directly(language.socket(RANDOM)), Directly(bare.port)
            # Prompts that none of them had before.
            number = FRESH + start * ROUNDS_OF_A_START
            rows = [
                ask_all(ways, number + row, wish(number + row), 32)
                for row in range(ROUNDS_OF_A_START)
            ]
        rates.append([statistics.median(text.rate for text in column) for column in zip(*rows)])
        prompts.append([statistics.median(text.first_ms for text in each) for each in zip(*rows)])
    report_rates("language_engine_decode", rates, f"{STARTS} starts of both; ")
    samples(
        "language_engine_first_token",
        [ours / bare for ours, bare in prompts],
        "x",
        note="the engine that Baton started, asked directly, to one that was started by itself",
    )


def main():
    """One stream as the service comes, eight where an engine works on eight."""
    with Language() as language:
        language.load(RANDOM)
        place = language.socket(RANDOM)
        ways = ThroughBaton(language, RANDOM), Directly(place)
        with relay(place) as server:
            timed(first_token, ways, Directly(server.port, is_kept=True))
        for part in (next_turns, one_stream):
            timed(part, ways)
        timed(engines, language)
    with Language(language="loading:\n  parallel: 8\n") as language:
        language.load(RANDOM)
        place = language.socket(RANDOM)
        ours = [ThroughBaton(language, RANDOM) for _ in range(8)]
        timed(eight_streams, (ours, [Directly(place) for _ in range(8)]))


def relay(place):
    """A relay before the engine at a socket; ends with its `with`."""
    (port,) = free_ports(1)
    return Server([str(RELEASE / "relay-benchmark"), str(port), place], port)


def timed(part, *subjects):
    """Measures a part and tells how long that took."""
    start = time.monotonic()
    part(*subjects)
    log(f"{part.__name__}: {time.monotonic() - start:.0f} s")


main()
publish()
