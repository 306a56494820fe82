"""What manager, sockets and engine add to running a graph; see Benchmarks/RoundTrip."""

import json
import pathlib
import shutil
import subprocess
import tempfile

from baton import RELEASE, Failed, Instance
from report import figure, publish

GRAPH = RELEASE.parent.parent / "Tests" / "EngineTests" / "Fixtures" / "identity.onnx"


def measure():
    """Runs the benchmark program against a manager that knows the graph."""
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        home = pathlib.Path(folder) / "echo"
        home.mkdir()
        shutil.copy(GRAPH, home / "graph.onnx")
        description = {
            "name": "echo",
            "engine": "openvino",
            "graphs": {"echo": {"file": "graph.onnx"}},
        }
        (home / "model.json").write_text(json.dumps(description), encoding="utf-8")
        with Instance("device", folders=[folder]) as baton:
            baton.wait_ready(baton.status_port)
            program = [
                str(RELEASE / "round-trip-benchmark"),
                str(baton.home / "runtime" / "device.sock"),
                *("echo", "echo", str(home / "graph.onnx")),
            ]
            ended = subprocess.run(program, capture_output=True, text=True, timeout=300)
            if ended.returncode != 0:
                raise Failed(f"round-trip-benchmark: {ended.stdout}{ended.stderr}")
            return json.loads(ended.stdout)


result = measure()
differences = result["differences_us"]
figure(
    "tensor_round_trip_us",
    result["difference_us"],
    "us",
    bar=300,
    spread=(min(differences), max(differences)),
    note=(
        f"through the engine {result['engine_us']:.0f}, of which {result['until_grant_us']:.0f}"
        f" until the grant and {result['engine_device_us']:.0f} in the graph;"
        f" in process {result['in_process_us']:.0f} back to back and"
        f" {result['in_process_paced_us']:.0f} after pauses"
    ),
)
publish()
