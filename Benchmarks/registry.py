"""Pulls from a registry on loopback, beside `curl | sha256sum` to the same disk."""

import pathlib
import shutil
import subprocess
import tempfile
import time

from baton import RELEASE, Failed
from report import figure, log, publish, samples

PROGRAM = str(RELEASE / "registry-benchmark")
ROUNDS = 5
MODEL = "bench/model:latest"
KILLS = 6


class Registry:
    """A registry with one model, in a process of its own."""

    def __init__(self, size, count):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", str(size), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())
        self.digests = [self.process.stdout.readline().strip() for _ in range(count)]
        self.host = f"127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def url(self, digest):
        """Where a blob is."""
        return f"http://{self.host}/v2/bench/model/blobs/{digest}"


def curl(registry, folder):
    """Seconds that curl and sha256sum take for all blobs, one after another."""
    start = time.monotonic()
    for digest in registry.digests:
        path = folder / "blob"
        command = f"curl --noproxy '*' -sf '{registry.url(digest)}' | tee '{path}' | sha256sum"
        ended = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True)
        if ended.returncode != 0 or digest.split(":")[1].encode() not in ended.stdout:
            raise Failed(f"curl: {ended.stdout}{ended.stderr}")
        path.unlink()
    return time.monotonic() - start


def pull(registry, folder):
    """Seconds that a pull of all blobs takes, with what makes it safe on the disk."""
    store = folder / "store"
    command = [PROGRAM, "pull", str(store), f"{registry.host}/{MODEL}"]
    start = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    seconds = time.monotonic() - start
    if ended.returncode != 0:
        raise Failed(ended.stdout + ended.stderr)
    shutil.rmtree(store)
    return seconds


def rates(name, size, count, folder):
    """How many times as fast as curl a pull is, by turns."""
    with Registry(size, count) as registry:
        curl(registry, folder)
        ratios, ours, theirs = [], [], []
        for _ in range(ROUNDS):
            theirs.append(curl(registry, folder))
            ours.append(pull(registry, folder))
            ratios.append(theirs[-1] / ours[-1])
    log(f"{name}: ours {ours}, curl {theirs}")
    note = (
        f"times as fast as curl | sha256sum; ours {min(ours):.2f} to {max(ours):.2f} s, "
        f"curl {min(theirs):.2f} to {max(theirs):.2f} s"
    )
    samples(name, ratios, "x", bar=0.9, higher_is_better=True, note=note)


def unmarked(store):
    """Bytes of downloads on the disk that a next one does not know to be there."""
    total = 0
    for partial in (store / "blobs").glob("*-partial"):
        text = partial.with_name(partial.name + ".state").read_text(encoding="ascii")
        head, _, marks = text.partition("\n")
        total += partial.stat().st_blocks * 512 - marks.count("#") * int(head.split()[2])
    return total


def resume(folder):
    """What is downloaded twice when a pull is killed again and again."""
    store, size = folder / "store", 400_000_000
    with Registry(size, 1) as registry:
        command = [PROGRAM, "pull", str(store), f"{registry.host}/{MODEL}", "100000000"]
        lost = []
        for _ in range(KILLS):
            before = unmarked(store) if store.exists() else 0
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            time.sleep(0.4)
            process.kill()
            process.wait()
            lost.append(max(0, unmarked(store) - before) / 1e6)
        subprocess.run(command[:-1], check=True, stdout=subprocess.DEVNULL, timeout=300)
    shutil.rmtree(store)
    # The smallest part that is ever asked for.
    note = f"of what was written, after each of {KILLS} kills; the bar is the smallest part"
    figure("registry_repeated_mb", max(lost), "MB", bar=4.2, note=note)


with tempfile.TemporaryDirectory(dir=pathlib.Path.cwd() / ".build") as name:
    place = pathlib.Path(name)
    rates("registry_pull_1x400", 400_000_000, 1, place)
    rates("registry_pull_8x50", 50_000_000, 8, place)
    resume(place)
publish()
