"""The OCR service when ten times as much is asked of it as it can do."""

import asyncio
import contextlib
import os
import signal
import statistics
import time

import pages
from baton import MODEL, Failed, Instance, Reader, form
from memory import resident
from report import figure, log, publish, quantile, samples

FACTOR = 10
SECONDS = 12
ROUNDS = 4
CLIENTS = 4
# The processes whose memory is watched.
SERVICES = {"service": ("serve", "ocr"), "manager": ("device",)}


@contextlib.contextmanager
def awake(core):
    """Keeps a core from falling asleep, on which a virtual machine gets it back late.

    A thread that slept on such a core may find itself 10 ms late, and would count that as the service's.
    """
    child = os.fork()
    if child == 0:
        os.sched_setaffinity(0, {core})
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        parent = os.getppid()
        while os.getppid() == parent:
            pass
        os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def peak(port, content):
    """Answers a second that `CLIENTS` clients get which wait for each answer."""

    async def client(until):
        count = 0
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < until:
            status, _ = await ask(reader, writer, content)
            count += status == 200
        writer.close()
        return count

    async def together():
        until = time.monotonic() + SECONDS / 3
        start = time.monotonic()
        counts = await asyncio.gather(*(client(until) for _ in range(CLIENTS)))
        return sum(counts) / (time.monotonic() - start)

    return asyncio.run(together())


def extraction(image):
    """The bytes of a request to read a picture."""
    kind, body = form(image)
    head = (
        "POST /v1/ocr/extract HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask(reader, writer, content):
    """One request on an open connection; its status, and seconds from its head to the answer's."""
    start = time.monotonic()
    writer.write(content)
    answer = await reader.readuntil(b"\r\n\r\n")
    taken = time.monotonic() - start
    lines = answer.decode().lower().split("\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith("content-length:"))
    await reader.readexactly(length)
    return int(lines[0].split()[1]), taken


async def flood(port, content, rate):
    """Requests at a rate, whatever becomes of them; answers a second, refusals' times, codes."""
    idle, answers, refusals, other = [], [], [], []

    async def request():
        connection = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        status, taken = await ask(*connection, content)
        idle.append(connection)
        if status == 200:
            answers.append(time.monotonic())
        elif status == 503:
            refusals.append(taken * 1000)
        else:
            other.append(status)

    start = time.monotonic()
    tasks = []
    for number in range(int(rate * SECONDS)):
        await asyncio.sleep(start + number / rate - time.monotonic())
        tasks.append(asyncio.create_task(request()))
    end = time.monotonic()
    await asyncio.gather(*tasks)
    for _, writer in idle:
        writer.close()
    # From answer to answer: the first comes late, and the last ones come when nobody asks any more.
    moments = sorted(moment for moment in answers if moment <= end)
    return (len(moments) - 1) / (moments[-1] - moments[0]), refusals, other


def main():
    """Peak and flood in turns, with the services on one core and the load on another."""
    cores = sorted(os.sched_getaffinity(0))
    image, _ = pages.label(1)
    content = extraction(image)
    os.sched_setaffinity(0, {cores[0]})
    ratios, tails, nineties, middles, refused = [], [], [], [], 0
    # One core, one thread: threads that wait for each other on one core hardly get on.
    with Instance(device=f"  by_name:\n    {MODEL}: {{threads: 1}}\n") as baton:
        baton.wait_ready()
        os.sched_setaffinity(0, {cores[-1]})
        Reader(baton.ocr_port).read(image)
        pids = {name: baton.pid(*words) for name, words in SERVICES.items()}
        asyncio.run(flood(baton.ocr_port, content, 50))
        before = {name: resident(pid)["VmRSS"] for name, pid in pids.items()}
        for _ in range(ROUNDS):
            best = peak(baton.ocr_port, content)
            with awake(cores[-1]):
                good, times, other = asyncio.run(flood(baton.ocr_port, content, FACTOR * best))
            if other:
                raise Failed(f"unexpected statuses: {sorted(set(other))}")
            log(f"peak {best:.1f}/s, flooded {good:.1f}/s, refused {len(times)}")
            ratios.append(good / best)
            tails.append(quantile(0.99, times))
            nineties.append(quantile(0.9, times))
            middles.append(quantile(0.5, times))
            refused += len(times)
        after = {name: resident(pid)["VmRSS"] for name, pid in pids.items()}
    samples(
        "overload_goodput",
        ratios,
        "x",
        bar=0.95,
        higher_is_better=True,
        note=f"answers a second at {FACTOR} times the peak, of the peak",
    )
    samples(
        "overload_refusal_p99_ms",
        tails,
        "ms",
        bar=5,
        note=f"from the request's head to the refusal's; {refused} refusals, p50"
        f" {statistics.median(middles):.2f}, p90 {statistics.median(nineties):.2f};"
        " service and engine share one core",
    )
    grown = [f"{name} {before[name]:.1f} to {after[name]:.1f}" for name in pids]
    figure(
        "overload_growth_mb",
        sum(after.values()) - sum(before.values()),
        "MB",
        bar=2,
        note="of service and manager over all rounds: " + ", ".join(grown),
    )


main()
publish()
