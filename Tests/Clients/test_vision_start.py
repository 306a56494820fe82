"""How the vision service begins where something is missing."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest
from collections.abc import Iterator
from typing import Any

import installation
from installation import PATIENCE, eventually, free_port
from test_images import COLOURS, png
from vision_case import CHAT, WHICH_PART, image, turn, uri


@contextlib.contextmanager
def served(port: int, **sections: Any) -> Iterator[subprocess.Popen[str]]:
    """`baton serve vision` without a device manager; ended at the end of its `with`."""
    with tempfile.TemporaryDirectory(prefix="baton-clients-") as home:
        places = {}
        for name in ("config", "state", "cache", "runtime"):
            folder = pathlib.Path(home) / name
            folder.mkdir(mode=0o700)
            places[f"BATON_{name.upper()}_DIR"] = str(folder)
        content = {"server": {"port": port}, **sections}
        (pathlib.Path(home) / "config" / "vision.yaml").write_text(json.dumps(content))
        process = subprocess.Popen(
            [str(installation.PROGRAMS / "baton"), "serve", "vision"],
            env={**os.environ, **places}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


class StartTest(unittest.TestCase):
    def assert_ends(self, process: subprocess.Popen[str], reason: str) -> None:
        """A process ends with 1 and says why."""
        _, said = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1, said)
        self.assertIn(reason, said)

    def test_without_a_device_manager_it_ends(self) -> None:
        with served(free_port(), loading={"device_timeout": "1s"}) as process:
            self.assert_ends(process, "no device manager answers")

    def test_where_the_port_is_taken_it_ends(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            with served(other.getsockname()[1]) as process:
                self.assert_ends(process, "Address already in use")

    def test_keys_that_change_nothing_are_refused(self) -> None:
        for sections, reason in (
            ({"model": {"hef_path": "/x.hef"}}, "model.hef_path"),
            ({"limits": {"max_pixel": 1}}, "did you mean 'max_pixels'"),
            ({"images": {"remote": {"networks": ["everything"]}}}, "images.remote.networks"),
        ):
            with self.subTest(reason), served(free_port(), **sections) as process:
                self.assert_ends(process, reason)

    def test_the_references_own_keys_are_taken(self) -> None:
        port = free_port()
        reference = {
            "model": {"name": "qwen2-vl-2b-instruct", "hef_path": None, "keep_alive": -1},
            "generation": {"temperature": 0.7, "max_tokens": 200, "top_p": 0.9, "seed": None},
        }
        with served(port, **reference):
            answer = eventually("a door", lambda: ask(port, "GET", "/health/ready"))
            self.assertEqual(answer[0], 503)
            self.assertEqual(answer[1]["ready"], False)
            self.assertIn(answer[1]["reason"], ("starting", "device_manager_unavailable"))
            self.assertEqual(ask(port, "GET", "/health")[1]["model_loaded"], False)

    def test_requests_are_told_to_come_back(self) -> None:
        port = free_port()
        store = installation.Store
        with tempfile.TemporaryDirectory(prefix="baton-clients-") as folder:
            store(pathlib.Path(folder) / "store").add_vision("demo-vision")
            with served(port, model={"stores": [f"{folder}/store"]}):
                eventually("a door", lambda: ask(port, "GET", "/health"))
                body = {"model": "demo-vision", "messages": [turn(image(uri(png(COLOURS["red"]))))]}
                status, answer = ask(port, "POST", CHAT, body) or (0, {})
                self.assertEqual(status, 503, answer)
                self.assertEqual(answer["error"]["type"], "internal_error")


class SlowLoadTest(unittest.TestCase):
    """A load that takes too long, which is one whose engine was stopped in the middle."""

    def test_a_load_over_its_time_out_is_begun_anew(self) -> None:
        settings = {"model": {"preload": False}, "loading": {"load_timeout": "2s"}}
        with installation.Installation(
            lambda store: store.add_vision("demo-vision"), vision=settings
        ) as baton, concurrent.futures.ThreadPoolExecutor() as pool:
            port = baton.vision_port
            red = turn(WHICH_PART, image(uri(png(COLOURS["red"]))))
            body = {"model": "demo-vision", "messages": [red]}
            for _ in range(20):
                waiting = pool.submit(ask, port, "POST", CHAT, body)
                engine = eventually("an engine", lambda: self.engine(baton))
                os.kill(engine, signal.SIGSTOP)
                if self.engine(baton, "loading") == engine:
                    break
                # It was ready before it was stopped.
                os.kill(engine, signal.SIGKILL)
                waiting.result(PATIENCE)
                eventually("its end", lambda: self.engine(baton) != engine)
            else:
                self.fail("no engine could be stopped while it loaded")
            status, answer = waiting.result(PATIENCE) or (0, {})
            self.assertEqual((status, answer["error"]["code"]), (503, "load_failed"))
            self.assertIn("loading took longer than 2", answer["error"]["message"])
            # A model that has just failed has a pause.
            found = eventually("an answer", lambda: self.answered(port, body))
            self.assertIn("red", found["choices"][0]["message"]["content"].lower())
            self.assertNotEqual(self.engine(baton, "ready"), engine)

    @staticmethod
    def answered(port: int, body: dict[str, Any]) -> Any:
        """A good answer; none while there is a refusal."""
        status, answer = ask(port, "POST", CHAT, body) or (0, {})
        return answer if status == 200 else None

    @staticmethod
    def engine(baton: installation.Installation, *states: str) -> int | None:
        """The process of an engine, in one of these states if there are any."""
        models = baton.status()["models"]
        found = (model for model in models if not states or model["state"] in states)
        return next((model["pid"] for model in found if "pid" in model), None)


def ask(port: int, method: str, path: str, body: Any = None) -> tuple[int, Any] | None:
    """The status and the object of an answer; None where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection), contextlib.suppress(ConnectionError):
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    return None
