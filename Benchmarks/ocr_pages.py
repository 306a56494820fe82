"""Pages a second of the OCR service against rapidocr-onnxruntime, and who reads better.

Both read the same PNG bytes with the same graphs, precision and number of threads; the service over
HTTP for one client, the peer in this process. They take turns page by page, so that whatever else
the machine does meets both.
"""

import pages
from baton import Instance, Reader
from peer import Floor, Peer, check_same_graphs, timed
from report import figure, log, publish, samples

PAGES = 12
ROUNDS = 5


def errors(truths, reads):
    """Edit distance by length over all pages."""
    counts = [pages.errors(truth, read) for truth, read in zip(truths, reads)]
    return sum(wrong for wrong, _ in counts) / sum(length for _, length in counts)


def warm(images, tensors, ours, peer, floor):
    """Meets every shape once; returns what both read."""
    lines = []
    for png, fed in zip(images, tensors):
        lines.append((ours.read(png)["lines"], peer.read(png)))
        floor.run(fed)
    return zip(*lines)


def measure(images, tensors, ours, peer, floor):
    """Seconds of each round, for each of the three."""
    rounds = []
    for number in range(ROUNDS):
        seconds = [0.0, 0.0, 0.0]
        for png, fed in zip(images, tensors):
            seconds[0] += timed(ours.read, png)
            seconds[1] += timed(peer.read, png)
            seconds[2] += timed(floor.run, fed)
        rounds.append(seconds)
        rates = " ".join(f"{PAGES / each:.2f}" for each in seconds)
        log(f"round {number + 1} of {ROUNDS}: ours, peer, floor {rates} pages/s")
    return rounds


def main():
    """Measures, and reports every figure."""
    check_same_graphs()
    images, truths = zip(*(pages.page(seed) for seed in range(PAGES)))
    peer, floor = Peer(), Floor()
    tensors = [peer.tensors(png) for png in images]
    with Instance() as baton:
        baton.wait_ready()
        ours = Reader(baton.ocr_port)
        our_lines, peer_lines = warm(images, tensors, ours, peer, floor)
        rounds = measure(images, tensors, ours, peer, floor)

    samples("ocr_pages_ratio", [b / a for a, b, _ in rounds], "x", bar=2.6, higher_is_better=True)
    samples("ocr_floor_ratio", [b / c for _, b, c in rounds], "x", higher_is_better=True)
    samples(
        "ocr_share_of_floor", [c / a for a, _, c in rounds], "x", bar=0.85, higher_is_better=True
    )
    samples("ocr_pages", [PAGES / a for a, _, _ in rounds], "pages/s", higher_is_better=True)
    figure(
        "ocr_character_error",
        100 * errors(truths, our_lines),
        "%",
        bar=100 * errors(truths, peer_lines),
        note="the bar is the peer's",
    )


main()
publish()
