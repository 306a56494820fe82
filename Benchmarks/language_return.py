"""How soon a conversation goes on whose model had left: the first token of its next turn.

Against what that costs otherwise, in the same rounds: loading, and the whole prompt once more. The
history has about 2,000 tokens.
"""

import random
import re
import statistics
import time
import urllib.request

from baton import Failed
from language import RANDOM, Language, ThroughBaton, conversation
from report import log, publish, samples

CONTEXT = 4096
WORDS = "the cat what is plus minus red blue green and story tell me count from to name".split()
HISTORY, ROUNDS = 2000, 6
ANSWER = 4
# A part of the whole prompt's time that a return may take beside loading.
SHARE = 0.3
PATIENCE = 30
# How the metrics name it.
MODEL = f'model="{RANDOM}:latest"'


def history(number, words):
    """A conversation that nobody had before, in which it is the person's turn."""
    generator = random.Random(number)
    texts = [" ".join(generator.choice(WORDS) for _ in range(words // 9)) for _ in range(9)]
    return conversation(*texts)


def metric(language, start):
    """The number behind what a line of the metrics begins with; 0 where there is none."""
    address = f"http://127.0.0.1:{language.language_port}/metrics"
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        text = answer.read().decode()
    found = re.search(rf"^{re.escape(start)}\S* (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def outcome(language, word):
    """How many conversations have ended so."""
    return metric(language, f"baton_language_conversations_total{{{MODEL},outcome=\"{word}\"")


def wait_kept(language, before):
    """Until a conversation more was written."""
    end = time.monotonic() + PATIENCE
    while outcome(language, "kept") <= before:
        if time.monotonic() > end:
            raise Failed("no conversation was kept")
        time.sleep(0.01)


def round_of(language, client, number, words):
    """Milliseconds of the whole prompt, a load, an unload and the return; megabytes of the file."""
    messages = history(number, words)
    language.unload(RANDOM)
    load = language.load(RANDOM)
    first = client.chat(messages, ANSWER)
    kept = outcome(language, "kept")
    begun = time.perf_counter()
    language.unload(RANDOM)
    unload = (time.perf_counter() - begun) * 1000
    wait_kept(language, kept)
    size = metric(language, "baton_language_conversation_bytes") / 1e6
    restored = outcome(language, "restored")
    said = [{"role": "assistant", "content": first.text}, {"role": "user", "content": "and what?"}]
    back = client.chat(messages + said, ANSWER)
    if outcome(language, "restored") != restored + 1:
        raise Failed("the conversation did not come back")
    return first.first_ms, load, unload, back.first_ms, size


def main():
    """Rounds of a conversation that is left and taken up again."""
    loading = f"loading:\n  context_length: {CONTEXT}\n"
    rows = []
    with Language(language=loading) as language:
        client = ThroughBaton(language, RANDOM)
        # The words that make a prompt of so many tokens, which depends on the vocabulary.
        probe = history(0, HISTORY)
        client.chat(probe, ANSWER)
        words = HISTORY * HISTORY // max(1, tokens(language))
        for number in range(1, ROUNDS + 1):
            rows.append(round_of(language, client, number, words))
            whole, load, unload, back, _ = rows[-1]
            log(f"whole {whole:.0f} ms, load {load:.0f}, unload {unload:.0f}, back {back:.0f}")
    whole, load, unload, back, size = (statistics.median(column) for column in zip(*rows))
    samples(
        "language_return",
        [(each[3] - each[1]) / each[0] for each in rows],
        "x",
        bar=SHARE,
        note="first token of the next turn after the model had left, less loading, by that of the"
        f" whole prompt of about {HISTORY} tokens; {back:.0f} ms and {load:.0f} of loading, against"
        f" {whole:.0f}; unloading, with the file of {size:.0f} MB written, {unload:.0f}",
    )


def tokens(language):
    """Tokens of the prompts that were computed so far."""
    return int(metric(language, f'baton_language_tokens_total{{{MODEL},kind="prompt"'))


main()
publish()
