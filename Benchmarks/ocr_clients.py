"""The OCR service under eight clients at once: the same text as for one, and how many pages."""

import time
from concurrent.futures import ThreadPoolExecutor

import pages
from baton import Instance, Reader
from report import figure, publish, samples

PAGES = 6
CLIENTS = 8
ROUNDS = 2


def read_all(port, images, first):
    """One client's texts of all pages; it begins at a page of its own."""
    reader = Reader(port)
    count = len(images)
    order = [(first + index) % count for index in range(count)]
    return {number: reader.read(images[number])["text"] for number in order}


def main():
    """Reads everything alone, then at once."""
    images = [pages.page(seed)[0] for seed in range(PAGES)]
    rates, wrong = [], 0
    with Instance() as baton, ThreadPoolExecutor(CLIENTS) as pool:
        baton.wait_ready()
        alone = read_all(baton.ocr_port, images, 0)
        for _ in range(ROUNDS):
            start = time.perf_counter()
            tasks = [
                pool.submit(read_all, baton.ocr_port, images, client) for client in range(CLIENTS)
            ]
            results = [task.result() for task in tasks]
            rates.append(CLIENTS * PAGES / (time.perf_counter() - start))
            wrong += sum(texts[page] != alone[page] for texts in results for page in alone)
    figure("ocr_same_text_at_8_clients", wrong, "pages", bar=0, note="pages whose text differs")
    samples("ocr_pages_8_clients", rates, "pages/s", higher_is_better=True)


main()
publish()
