"""A device manager with models of its own, and programs that ask it for work."""

import json
import pathlib
import shutil
import tempfile

from baton import ENGINE_GRAPHS, RELEASE, DeviceSocket, Instance, output

ONE = {"name": "x", "shape": [1, 4]}


class Models:
    """A folder of models for a manager; gone at the end of its `with`."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="baton-bench-")
        self.path = pathlib.Path(self._folder.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def openvino(self, name, graph):
        """A real engine with one of the OCR graphs, or with a file of another folder."""
        self._add(name, "openvino", "onnx", lambda file: shutil.copy(ENGINE_GRAPHS / graph, file))

    def simulated(
        self,
        name,
        milliseconds=0,
        load_milliseconds=0,
        mebibytes=0,
        dtype="f32",
        shape=(-1, 4),
    ):
        """A simulated engine with one graph `g` from a tensor `x` to one `y` of the same shape."""
        script = {
            "inputs": [{"name": "x", "dtype": dtype, "shape": shape}],
            "outputs": [{"name": "y", "dtype": dtype, "shape": shape}],
            "load": {"milliseconds": load_milliseconds, "bytes": mebibytes << 20},
            "calls": {"milliseconds": [milliseconds]},
        }
        text = json.dumps(script)
        self._add(name, "simulated", "json", lambda file: file.write_text(text, encoding="utf-8"))

    def _add(self, name, engine, suffix, write):
        home = self.path / name
        home.mkdir()
        write(home / f"g.{suffix}")
        description = {"name": name, "engine": engine, "graphs": {"g": {"file": f"g.{suffix}"}}}
        (home / "model.json").write_text(json.dumps(description), encoding="utf-8")


class Manager:
    """A device manager with these models; ended with its `with`."""

    def __init__(self, models, settings=""):
        self._baton = Instance("device", folders=[models.path], device=settings)

    def __enter__(self):
        try:
            self.wait_ready()
        except BaseException:
            self._baton.__exit__()
            raise
        return self

    def __exit__(self, *details):
        self._baton.__exit__(*details)

    @property
    def home(self):
        """The folder that holds its configuration, sockets, and what it remembers."""
        return self._baton.home

    @property
    def socket(self):
        """The path of its device socket."""
        return str(self.home / "runtime" / "device.sock")

    @property
    def pid(self):
        """Its process."""
        return self._baton.process.pid

    def kill(self):
        """Ends it in whatever it does, and nothing else; `start` brings another."""
        self._baton.process.kill()
        self._baton.process.wait()

    def start(self):
        """Starts it anew after its end, in the same folders, without waiting for it."""
        self._baton.start()

    def wait_ready(self, limit=60):
        """Waits until it is ready; returns how many seconds after its start that was."""
        seconds = self._baton.wait_ready(self._baton.status_port, limit=limit)
        self.control = DeviceSocket(self.socket)
        return seconds

    def load(self, *names):
        """Makes models resident."""
        for name in names:
            self.control.call("load", model=name)

    def status(self):
        """The manager's report."""
        return self.control.call("status")["device"]

    def loads(self):
        """How often models were loaded, all together."""
        return sum(model["loads"] for model in self.status()["models"])

    def offer(self, seconds, *streams):
        """Offers streams of requests at once and returns what became of each."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as plan:
            json.dump({"seconds": seconds, "streams": streams}, plan)
            plan.flush()
            program = RELEASE / "sharing-benchmark"
            return output(program, self.socket, plan.name, timeout=seconds + 120)


def stream(model, ticket_class, tensor=None, **more):
    """One program's requests; `more` says how many."""
    return {"model": model, "graph": "g", "class": ticket_class, "input": tensor or ONE, **more}
