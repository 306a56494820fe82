"""Streams of the language service against a bare llama-server's: how soon, how fast.

Both have the same file, arguments and requests, and take turns, request by request.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from baton import Failed
from language import RANDOM, Bare, Directly, Language, ThroughBaton, conversation, in_turns
from report import figure, log, publish, quantile, samples

# Single ones differ by milliseconds, from one time to the next as from one way to the other: with 200
# the middle is known to some tenths, and a conversation's later turns to some hundredths.
FIRST_TOKENS = 200
CONVERSATIONS = 12
SENTENCE = "the small engine waited for the baton and ran along the long line every morning "


def check_same(texts):
    """All ways must have written the same."""
    if len({(text.text, text.tokens) for text in texts}) != 1:
        raise Failed(f"the texts differ: {[(text.text, text.tokens) for text in texts]}")


def ask_all(ways, number, messages, tokens):
    """The text of each way, in the order of the ways."""
    texts = [None] * len(ways)
    for place, way in in_turns(number, *ways):
        texts[place] = way.chat(messages, tokens)
    check_same(texts)
    return texts


def first_token(ways):
    """Milliseconds from the request to the first text, less what the engine took for the prompt."""
    pairs = []
    for number in range(FIRST_TOKENS):
        messages = conversation(f"{100 + number} stories, please.")
        pairs.append(ask_all(ways, number, messages, 4))
    around = [[text.around_ms for text in pair] for pair in pairs]
    differences = [ours - bare for ours, bare in around]
    whole, kept = (
        [quantile(0.5, [getattr(text, name) for text in column]) for column in zip(*pairs)]
        for name in ("first_ms", "around_ms")
    )
    figure(
        "language_first_token_added_ms",
        quantile(0.5, differences),
        "ms",
        bar=1,
        spread=(quantile(0.25, differences), quantile(0.75, differences)),
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
    for number in range(10):
        texts = ask_all(ways, number, conversation(f"{100 + number} stories, please."), 64)
        rates.append([(text.tokens - 1) / (text.last - text.first) for text in texts])
    report_rates("language_decode_1_client", rates)


def eight_streams(ways):
    """Tokens a second of eight streams at once."""
    clients, tokens, rates = 8, 32, []
    with ThreadPoolExecutor(clients) as pool:
        for number in range(5):
            found = [0.0, 0.0]
            for place, way in in_turns(number, *ways):
                tasks = [
                    pool.submit(
                        client.chat, conversation(f"{100 + index} stories, please."), tokens
                    )
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
    samples(
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
