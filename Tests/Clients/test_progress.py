"""What a terminal shows of a transfer, and what a file gets."""

import contextlib
import pathlib
import re
import tempfile

import ollama
from case import SUM
from registry import Registry
from session_case import SessionTest
from store import DEMO, Store
from terminal import INTERRUPT, Terminal

# From a tenth on, not yet the whole.
PART = re.compile(r" [1-9]\d%")


class ProgressTest(SessionTest):
    registry: Registry
    name: str

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.registry = cls.enterClassContext(Registry())
        cls.name = f"{cls.registry.host}/library/far:v1"
        with tempfile.TemporaryDirectory() as place:
            store = Store(pathlib.Path(place) / "far")
            # Another file than the one that is there; what follows the last tensor is nobody's.
            store.add("far:v1", file=(DEMO / "demo.gguf").read_bytes() + bytes(8 << 20))
            manifest = store.folder / "manifests/registry.ollama.ai/library/far/v1"
            cls.registry.manifests["/v2/library/far/manifests/v1"] = manifest.read_bytes()
            for blob in (store.folder / "blobs").iterdir():
                digest = blob.name.replace("-", ":")
                cls.registry.blobs[digest] = blob.read_bytes()

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.registry.gate.set)
        with contextlib.suppress(ollama.ResponseError):
            self.client.delete(self.name)

    def _half_way(self, columns: int, *words: str) -> Terminal:
        """A pull of which the second half does not come yet."""
        self.registry.gate.clear()
        terminal = self.run_baton(*(words or ("pull", self.name, "--insecure")), columns=columns)
        terminal.until("a part", lambda: PART.search(terminal.screen.text))
        return terminal

    def test_no_line_is_longer_than_the_terminal(self) -> None:
        for columns in (200, 80, 60, 45, 27, 12):
            with self.subTest(columns):
                with contextlib.suppress(ollama.ResponseError):
                    self.client.delete(self.name)
                # Where there is no room for figures, the first words say that it goes on.
                self.registry.gate.clear()
                terminal = self.run_baton("pull", self.name, "--insecure", columns=columns)
                known = re.compile("pulling ") if columns < 30 else PART
                terminal.until("a part", lambda: known.search(terminal.screen.text))
                self.registry.gate.set()
                terminal.ends()
                self.assertEqual(terminal.screen.breaks, 0, terminal.screen.lines)
                self.assertEqual(terminal.screen.lines[-2:], ["success"[: columns - 1], ""])

    def test_a_bar_fills_and_stays(self) -> None:
        terminal = self._half_way(100)
        self.assertRegex(
            terminal.screen.text,
            r"\npulling [0-9a-f]{12}:  [1-9]\d% ▕█+ +▏ [0-9.]+ MB/[0-9.]+ MB",
        )
        self.registry.gate.set()
        terminal.ends()
        self.assertIsNone(PART.search(terminal.screen.text))
        self.assertEqual(terminal.screen.text.count("100%"), 3, terminal.screen.lines)

    def test_a_window_that_changes(self) -> None:
        terminal = self._half_way(100)
        terminal.resize(60)
        terminal.until("a shorter bar", lambda: terminal.screen.column <= 60)
        self.registry.gate.set()
        terminal.ends()
        self.assertEqual(terminal.screen.lines[-2:], ["success", ""])

    def test_control_c_ends_it(self) -> None:
        terminal = self._half_way(80)
        terminal.type(INTERRUPT)
        terminal.ends(130)
        # What is typed next stands in a line of its own.
        self.assertEqual(terminal.screen.column, 0)

    def test_a_model_that_is_not_there_is_pulled_first(self) -> None:
        terminal = self._half_way(80, "run", self.name, "--insecure")
        self.registry.gate.set()
        terminal.waits()
        terminal.ask(SUM, "7")

    def test_files_get_plain_lines(self) -> None:
        output, errors = self.plain(["pull", self.name, "--insecure"])
        self.assertEqual(output, "")
        lines = errors.splitlines()
        self.assertEqual((lines[0], lines[-1]), ("pulling manifest", "success"))
        bars = [line for line in lines if "%" in line]
        self.assertTrue(bars)
        for bar in bars:
            self.assertRegex(bar, r"^pulling [0-9a-f]{12}: +\d+% of [0-9.]+ [KM]?B$")
