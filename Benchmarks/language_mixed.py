"""Pictures read in real time beside a language model in the background, on one manager."""

import contextlib
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pages
from asking import Connection
from baton import form
from language import RANDOM, Language, conversation
from report import figure, log, publish, quantile, samples

RATE = 10
ALONE, BESIDE = 2, 3
ROUNDS = 5
# So many texts are asked for at once that the engine always has work.
WRITERS = 2
CEILING = "scheduling:\n  class_ceiling: realtime\n"
# As large as the picture; otherwise it is enlarged, and ten a second are all that two cores can do.
SMALL = "processing:\n  max_image_size: 320\n"


class Load:
    """What one Baton is asked for: pictures at a rate, and texts without a pause."""

    def __init__(self, language, picture):
        self._language = language
        kind, body = form(picture)
        head = (
            "POST /v1/ocr/extract HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Baton-Class: realtime\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._request = head.encode() + body
        self._readers = [Connection(language.ocr_port) for _ in range(RATE)]
        self._moments, self._is_over = [], False

    def read(self, seconds):
        """Milliseconds of each picture, from the moment at which it was due."""
        free, found = list(self._readers), []

        def one(due):
            connection = free.pop()
            connection.send(self._request)
            found.append((time.perf_counter() - due) * 1000)
            free.append(connection)

        with ThreadPoolExecutor(len(free)) as pool:
            start = time.perf_counter()
            tasks = []
            for number in range(int(seconds * RATE)):
                due = start + number / RATE
                time.sleep(max(0, due - time.perf_counter()))
                tasks.append(pool.submit(one, due))
            for task in tasks:
                task.result()
        return found

    def read_beside(self, seconds):
        """The same beside texts in the background; also their tokens a second."""
        self._moments, self._is_over = [], False
        with ThreadPoolExecutor(WRITERS) as pool:
            tasks = [pool.submit(self._write, number) for number in range(WRITERS)]
            while not self._moments:
                if any(task.done() for task in tasks):
                    break
                time.sleep(0.01)
            start = time.perf_counter()
            times = self.read(seconds)
            end = time.perf_counter()
            self._is_over = True
            for task in tasks:
                task.result()
        count = sum(start <= moment <= end for moment in self._moments)
        return times, count / (end - start)

    def _write(self, number):
        connection = Connection(self._language.language_port)
        while not self._is_over:
            number += WRITERS
            body = {
                "model": RANDOM,
                "messages": conversation(f"{100 + number} stories, please."),
                "options": {"num_predict": 24},
            }
            answer = connection.ask("/api/chat", body, X_Baton_Class="background")
            # Each line but the last one is a token.
            self._moments += [moment for moment, _ in answer.lines()[:-1]]


def measure(ours, bare):
    """Pictures alone, beside texts in turns, and beside texts when both engines run at once."""
    rounds = []
    for number in range(ROUNDS):
        alone = quantile(0.95, ours.read(ALONE))
        with_turns, rate = ours.read_beside(BESIDE)
        without, other_rate = bare.read_beside(BESIDE)
        with_turns, without = (quantile(0.95, times) for times in (with_turns, without))
        rounds.append((alone, with_turns, without, rate, other_rate))
        log(
            f"round {number + 1} of {ROUNDS}: p95 alone {alone:.1f} ms, in turns {with_turns:.1f},"
            f" at once {without:.1f}; {rate:.1f} and {other_rate:.1f} tokens/s"
        )
    return rounds


def main():
    """Rounds of the three, which are short because the machine's speed changes."""
    picture, _ = pages.label(1)
    with contextlib.ExitStack() as stack:
        loads = []
        for device in ("", "cpu:\n  engines: 2\n"):
            language = stack.enter_context(
                Language("ocr", "language", device=device, ocr=CEILING + SMALL, language=CEILING)
            )
            language.wait_ready(language.ocr_port)
            language.load(RANDOM)
            loads.append(Load(language, picture))
            loads[-1].read(1)
        rounds = measure(*loads)
    alone, with_turns, without, rate, other_rate = (
        statistics.median(column) for column in zip(*rounds)
    )
    samples(
        "language_mixed_ocr_p95_to_alone",
        [each[1] / each[0] for each in rounds],
        "x",
        bar=1.4,
        note=f"{RATE} pictures a second in real time beside a model of 318 million weights in the"
        f" background: {with_turns:.1f} ms, alone {alone:.1f}, both engines at once {without:.1f}"
        f" ({without / alone:.2f} x)",
    )
    ratios = [each[3] / each[4] for each in rounds]
    figure(
        "language_mixed_tokens_to_uncontrolled",
        sum(each[3] for each in rounds) / sum(each[4] for each in rounds),
        "x",
        bar=1.0,
        higher_is_better=True,
        spread=(min(ratios), max(ratios)),
        note=f"{rate:.1f} tokens a second, both at once {other_rate:.1f}",
    )


main()
publish()
