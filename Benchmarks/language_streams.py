"""Streams of the language service against a bare llama-server's: how soon, how fast.

Both have the same file, arguments and requests, and take turns, request by request.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from baton import Failed
from language import (
    FIRST_TOKENS,
    RANDOM,
    Bare,
    Directly,
    Language,
    ThroughBaton,
    ask_all,
    conversation,
    in_turns,
    wish,
)
from report import log, middle, publish, quantile, samples

# With their later turns, enough for the middle to be known to some hundredths.
CONVERSATIONS = 12
# Rounds of streams: rates differ by some hundredths from one to the next, in waves of seconds, so
# that many short ones tell more than a few long ones.
ROUNDS_OF_ONE, ROUNDS_OF_EIGHT = 30, 10
SENTENCE = "the small engine waited for the baton and ran along the long line every morning "


def first_token(ways):
    """Milliseconds from the request to the first text, less what the engine took for the prompt."""
    pairs = [ask_all(ways, number, wish(number), 4) for number in range(FIRST_TOKENS)]
    around = [[text.around_ms for text in pair] for pair in pairs]
    differences = [ours - bare for ours, bare in around]
    whole, kept = (
        [quantile(0.5, [getattr(text, name) for text in column]) for column in zip(*pairs)]
        for name in ("first_ms", "around_ms")
    )
    middle(
        "language_first_token_added_ms",
        differences,
        "ms",
        bar=1,
        note=f"p50 and quartiles of {FIRST_TOKENS} different prompts, each asked of both: what is"
        f" left without the engine's own time for the prompt is {kept[0]:.2f} ms, llama-server's"
        f" {kept[1]:.2f}; with it {whole[0]:.1f} and {whole[1]:.1f}",
    )


def next_turns(ways):
    """The first text of later turns, when the engine has what came before in its cache."""
    ratios, kept = [], []
    for number in range(CONVERSATIONS):
        said = [f"{number} times: {SENTENCE * 12}"]
        for turn in range(4):
            texts = ask_all(ways, number + turn, conversation(*said), 8)
            if turn > 0:
                ratios.append(texts[0].first_ms / texts[1].first_ms)
                kept.append(texts[0].first_ms / begun)
            else:
                begun = texts[0].first_ms
            said += [texts[0].text, "And then?"]
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
        rates.append([(text.tokens - 1) / (text.last - text.first) for text in texts])
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


def report_rates(name, rates):
    """Rates of both, round by round."""
    ours, bare = (statistics.median(column) for column in zip(*rates))
    ratios = [a / b for a, b in rates]
    middle(
        name,
        ratios,
        "x",
        bar=0.98,
        higher_is_better=True,
        note=f"{ours:.1f} tokens/s, llama-server {bare:.1f}",
    )


def main():
    """One stream as the service comes, eight where an engine works on eight."""
    with Language() as language:
        language.load(RANDOM)
        with Bare(language.engine(RANDOM)) as bare:
            ways = ThroughBaton(language, RANDOM), Directly(bare)
            for part in (first_token, next_turns, one_stream):
                start = time.monotonic()
                part(ways)
                log(f"{part.__name__}: {time.monotonic() - start:.0f} s")
    with Language(language="loading:\n  parallel: 8\n") as language:
        language.load(RANDOM)
        with Bare(language.engine(RANDOM)) as bare:
            eight = [ThroughBaton(language, RANDOM) for _ in range(8)]
            eight_streams((eight, [Directly(bare) for _ in range(8)]))


main()
publish()
