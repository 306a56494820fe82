"""How long it takes until everything is ready, and until a model is loaded again."""

import time

from baton import MODEL, DeviceSocket, Instance
from report import publish, samples

REPETITIONS = 5


def start():
    """Milliseconds from spawning `baton up` until every service is ready."""
    times = []
    for _ in range(REPETITIONS):
        with Instance() as baton:
            times.append(baton.wait_ready() * 1000)
    return times


def load():
    """Milliseconds of loading the OCR model when its compiled graphs are in the cache."""
    times = []
    with Instance() as baton:
        baton.wait_ready()
        device = DeviceSocket(baton.home / "runtime" / "device.sock")
        device.call("load", model=MODEL)
        for _ in range(REPETITIONS):
            device.call("unload", model=MODEL)
            begin = time.monotonic()
            device.call("load", model=MODEL)
            times.append((time.monotonic() - begin) * 1000)
    return times


samples("up_to_ready_ms", start(), "ms", bar=1000)
samples("ocr_load_warm_ms", load(), "ms", bar=1500)
publish()
