"""What manager, sockets and engine add to running a graph; see Benchmarks/RoundTrip."""

from baton import RELEASE, Instance, output
from manager import Models
from report import figure, publish

GRAPH = RELEASE.parent.parent / "Tests" / "EngineTests" / "Fixtures" / "identity.onnx"


def measure():
    """Runs the benchmark program against a manager that knows the graph."""
    with Models() as models:
        models.openvino("echo", GRAPH)
        with Instance("device", folders=[models.path]) as baton:
            baton.wait_ready(baton.status_port)
            program = [
                RELEASE / "round-trip-benchmark",
                baton.home / "runtime" / "device.sock",
                *("echo", "g", models.path / "echo" / "g.onnx"),
            ]
            return output(*program)


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
