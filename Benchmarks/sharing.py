"""What turns, shares and the swap gate are worth with real processes; see Benchmarks/Sharing."""

import contextlib
import statistics

from baton import RELEASE, Failed, output
from manager import Manager, Models, stream
from report import figure, log, publish, quantile, samples

CAMERA = {"name": "x", "shape": [1, 3, 320, 320]}
PAGE = {"name": "x", "shape": [1, 3, 960, 960]}
ROUNDS = 9


def answered(result):
    """The times of all answers; nothing may have been refused."""
    if result["refused"]:
        raise Failed(f"requests were refused: {result['refused']}")
    return result["latencies_ms"]


def turns():
    """A camera beside pages that are read in the background on every core: in turns, and not."""
    camera = stream("camera", "realtime", CAMERA, rate=10)
    reader = stream("reader", "background", PAGE, in_flight=2, key="reader")
    with contextlib.ExitStack() as stack:
        models = stack.enter_context(Models())
        for name in ("camera", "reader"):
            models.openvino(name, "detection.onnx")
        ours = stack.enter_context(Manager(models))
        # Both engines run at once and share the cores as the kernel likes.
        bare = stack.enter_context(Manager(models, "cpu:\n  engines: 2\n"))
        for manager in (ours, bare):
            manager.load("camera", "reader")
            manager.offer(2, camera, reader)
        rounds = []
        # Short rounds: this machine's speed changes from one second to the next.
        for _ in range(ROUNDS):
            alone = quantile(0.95, answered(ours.offer(2, camera)[0]))
            with_turns, rate = _pair(ours.offer(3, camera, reader))
            without, other_rate = _pair(bare.offer(3, camera, reader))
            rounds.append((alone, with_turns, without, rate, other_rate))
    alone, with_turns, without, rate, other_rate = (
        statistics.median(column) for column in zip(*rounds)
    )
    slower = [each[1] / each[0] for each in rounds]
    samples(
        "camera_p95_to_alone",
        slower,
        "x",
        bar=1.4,
        note=f"10/s beside an engine that takes every core: {with_turns:.1f} ms, alone"
        f" {alone:.1f}, both at once {without:.1f} ({without / alone:.2f} x)",
    )
    ratios = [each[3] / each[4] for each in rounds]
    figure(
        "background_to_uncontrolled",
        sum(each[3] for each in rounds) / sum(each[4] for each in rounds),
        "x",
        bar=1.0,
        higher_is_better=True,
        spread=(min(ratios), max(ratios)),
        note=f"{rate:.2f} pages a second, both at once {other_rate:.2f}",
    )


def hand_over():
    """From the decision to the first instruction of the next engine; see Benchmarks/HandOver."""
    result = output(RELEASE / "hand-over-benchmark", timeout=120)
    begun, stopped = ([time / 1000 for time in result[name]] for name in ("begun_us", "stopped_us"))
    # The last figure of a hundred is the host's; blocks of a hundred tell how often.
    blocks = [quantile(0.99, begun[start : start + 100]) for start in range(0, len(begun), 100)]
    figure(
        "hand_over_p99_ms",
        quantile(0.99, begun),
        "ms",
        bar=2,
        spread=(min(blocks), max(blocks)),
        note=f"{len(begun)} times between two processes that compute on every core: p50"
        f" {quantile(0.5, begun):.2f}, p90 {quantile(0.9, begun):.2f}; the stop alone p50"
        f" {quantile(0.5, stopped):.2f}, p99 {quantile(0.99, stopped):.2f}",
    )


def _pair(results):
    """The camera's 0.95 quantile and the other's rate."""
    camera, other = results
    return quantile(0.95, answered(camera)), len(answered(other)) / other["seconds"]


def _crowded(slots):
    """How much slower a program is beside another with 32 requests, and that one's 0.95 quantile."""
    with Models() as models:
        models.simulated("chat", milliseconds=50)
        with Manager(models, f"  by_name:\n    chat: {{slots: {slots}}}\n") as manager:
            manager.load("chat")
            light = stream("chat", "interactive", in_flight=1, key="light")
            heavy = stream("chat", "interactive", in_flight=32, key="heavy")
            alone = quantile(0.95, answered(manager.offer(3, light)[0]))
            beside, others = manager.offer(9, {**light, "after": 1}, heavy)
    return quantile(0.95, answered(beside)) / alone, quantile(0.95, answered(others))


def shares():
    """A program with one request at a time beside one with 32 under way."""
    rounds = [_crowded(slots=1) for _ in range(3)]
    twice, _ = _crowded(slots=2)
    samples(
        "light_key_p95_to_alone",
        [ratio for ratio, _ in rounds],
        "x",
        bar=2.3,
        note="50 ms of work beside 32 requests of another key, whose p95 is"
        f" {statistics.median(wait for _, wait in rounds):.0f} ms; with a second slot, which lets"
        f" one request wait inside the engine, {twice:.2f}",
    )


def swaps():
    """Two models that do not fit together, asked for in turns."""
    residency, overtaking, count = 2, 6, 40
    with Models() as models:
        for name in ("a", "b"):
            models.simulated(name, milliseconds=20, load_milliseconds=600, mebibytes=200)
        settings = (
            f"cpu:\n  memory: 300MiB\n  minimum_residency: {residency}s\n"
            f"  maximum_overtaking: {overtaking}s\n"
        )
        with Manager(models, settings) as manager:
            # Every quarter of a second one, A B A B.
            each = [
                stream(name, "interactive", rate=2, key=name, after=start)
                for name, start in (("a", 0), ("b", 0.25))
            ]
            results = manager.offer(count / 4, *each)
            loads = manager.loads()
    waits = [time for result in results for time in answered(result)]
    if len(waits) != count:
        raise Failed(f"{len(waits)} of {count} requests were answered")
    seconds = max(result["seconds"] for result in results)
    figure(
        "swap_loads",
        loads,
        "",
        # The first two loads displace nobody for the second time, and n swaps are n - 1 spans apart.
        bar=3 + seconds // residency,
        note=f"loads for {count} requests A B A B in {seconds:.1f} s, with at least {residency} s"
        f" from one swap to the next; first in, first out needs {count}",
    )
    figure(
        "swap_longest_wait_s",
        max(waits) / 1000,
        "s",
        # After the bound the resident model finishes, leaves, and the other one is loaded.
        bar=overtaking + 1,
        note=f"overtaken for at most {overtaking} s, then an unload and a load of 0.6 s",
    )


def loading():
    """A request for a model that is there, while another one is being loaded."""
    with Models() as models:
        models.simulated("here", milliseconds=20)
        models.simulated("coming", load_milliseconds=1500, mebibytes=300)
        settings = "  by_name:\n    coming: {keep_alive: 0s}\n"
        with Manager(models, settings) as manager:
            manager.load("here")
            request = stream("here", "interactive", in_flight=1, key="here")
            other = stream("coming", "interactive", in_flight=1, key="coming")
            ratios = []
            for _ in range(3):
                idle = answered(manager.offer(3, request)[0])
                busy = answered(manager.offer(6, request, other)[0])
                ratios.append(quantile(0.5, busy) / quantile(0.5, idle))
                log(f"p95 {quantile(0.95, busy):.1f} ms, idle {quantile(0.95, idle):.1f}")
            samples(
                "resident_while_loading",
                ratios,
                "x",
                bar=1.2,
                note="the median of requests that follow each other without pause",
            )


def main():
    """All of it, one after another."""
    for part in (turns, hand_over, shares, swaps, loading):
        log(part.__name__)
        part()


main()
publish()
