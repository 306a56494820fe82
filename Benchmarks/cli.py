"""How long the command line takes from its start to its end, as a person waits for it."""

import json
import os
import pathlib
import subprocess
import time

from baton import RELEASE, Failed, Instance
from report import publish, quantile, samples

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
STORE = CHECKOUT / ".build" / "bench-cli-store"
MODELS = 500
REPETITIONS = 60

_LIBRARY = STORE / "manifests" / "registry.ollama.ai" / "library"


def make_store():
    """The demo models, of which one has 500 names."""
    subprocess.run([CHECKOUT / "Scripts" / "make-demo-store", STORE], check=True)
    manifest = (_LIBRARY / "demo" / "latest").read_bytes()
    for number in range(MODELS - 2):
        folder = _LIBRARY / f"model-{number}"
        folder.mkdir(exist_ok=True)
        (folder / "latest").write_bytes(manifest)


def times(instance, *words):
    """Milliseconds of running `baton WORDS`; nine of ten samples, because others compute too."""
    environment = {**os.environ, "OLLAMA_HOST": f"127.0.0.1:{instance.language_port}"}
    taken = []
    for _ in range(REPETITIONS):
        begin = time.perf_counter()
        ended = subprocess.run(
            [RELEASE / "baton", *words], env=environment, capture_output=True, text=True
        )
        taken.append((time.perf_counter() - begin) * 1000)
        if ended.returncode != 0:
            raise Failed(f"baton {' '.join(words)}: {ended.stderr}")
    lines = ended.stdout.count("\n")
    if words == ("list",) and lines != MODELS + 1:
        raise Failed(f"baton list prints {lines} lines")
    most = quantile(0.9, taken)
    return [sample for sample in taken if sample <= most]


make_store()
stores = f"models:\n  stores: {json.dumps([str(STORE)])}\n"
with Instance("up", "language", language=stores) as baton:
    baton.wait_ready(baton.status_port, baton.language_port)
    samples("cli_start_ms", times(baton, "--version"), "ms", bar=10)
    samples("cli_ps_ms", times(baton, "ps"), "ms")
    samples("cli_list_500_ms", times(baton, "list"), "ms", bar=50)
publish()
