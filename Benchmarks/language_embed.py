"""64 short texts in one request for vectors, against the engine's own, and one after another.

Both give numbers as text, as clients ask for them.
"""

import statistics

from asking import Connection
from baton import Failed
from language import DEMO, RANDOM, Language, in_turns
from report import log, publish, samples

WORDS = "lamp river stone garden window engine bridge silver letter camera station market".split()
TEXTS = [f"{WORDS[n % 12]} {WORDS[n // 12]}" for n in range(64)]
ROUNDS = {DEMO: 60, RANDOM: 3}


class Ways:
    """The service and its engine, asked for vectors of texts."""

    def __init__(self, language, model):
        self._ours = Connection(language.language_port)
        self._bare = Connection(language.socket(model, "--embedding"))
        self._model = model

    def ours(self, texts):
        """Seconds of a request to the service; all texts must have a vector."""
        answer = self._ours.ask("/api/embed", {"model": self._model, "input": texts})
        self._check(answer.value()["embeddings"], texts)
        return answer.seconds

    def bare(self, texts):
        """Seconds of the same request to llama-server."""
        body = {"input": texts, "embd_normalize": 2}
        answer = self._bare.ask("/v1/embeddings", body)
        self._check(answer.value()["data"], texts)
        return answer.seconds

    def one_by_one(self, ask):
        """Seconds of all texts in requests of their own, by one of the ways."""
        return sum(ask([text]) for text in TEXTS)

    def _check(self, vectors, texts):
        if len(vectors) != len(texts):
            raise Failed(f"{len(vectors)} vectors for {len(texts)} texts")


def measure(model):
    """Seconds of one request and of 64, of ours and of llama-server, round by round."""
    rounds = []
    with Language() as language:
        Connection(language.language_port).ask("/api/embed", {"model": model, "input": TEXTS})
        ways = Ways(language, model)
        ways.bare(TEXTS)
        for number in range(ROUNDS[model]):
            times = [0.0, 0.0]
            for place, way in in_turns(number, ways.ours, ways.bare):
                times[place] = way(TEXTS)
            if number % 10 == 0:
                alone = [ways.one_by_one(way) for way in (ways.ours, ways.bare)]
            rounds.append((*times, *alone))
    return rounds


def main():
    """The small model, where a request costs more than a vector; then the large one.

    With that the vectors are nearly all there is, so that 64 requests cannot take twice as long.
    """
    for model, name in ((DEMO, "language_embed"), (RANDOM, "language_embed_large")):
        log(model)
        rounds = measure(model)
        ours, bare, our_parts, bare_parts = (
            1000 * statistics.median(column) for column in zip(*rounds)
        )
        samples(
            f"{name}_to_bare",
            [b / a for a, b, _, _ in rounds],
            "x",
            bar=0.97,
            higher_is_better=True,
            note=f"64 texts of two words in one request: {ours:.1f} ms, llama-server {bare:.1f}",
        )
        samples(
            f"{name}_to_single",
            [c / a for a, _, c, _ in rounds],
            "x",
            bar=2 if model == DEMO else None,
            higher_is_better=True,
            note=f"64 requests one after another: {our_parts:.1f} ms, llama-server"
            f" {bare_parts:.1f}",
        )


main()
publish()
