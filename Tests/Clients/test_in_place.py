"""Files that `baton create` puts into the store of a server on the same machine."""

import json
import os
import pathlib
import re
import shutil
import tempfile
import unittest

import halves
from case import SUM, LanguageTest, user
from store import DEMO

FILE = DEMO / "demo.gguf"
SHARED = pathlib.Path("/dev/shm")
NOBODY = 65_534


class InPlaceTest(LanguageTest):
    def setUp(self) -> None:
        self.folder = self.baton.home / "work"
        self.folder.mkdir()
        self.addCleanup(shutil.rmtree, self.folder)
        # Not the demo model's blob, which the store has.
        self.weights = self._weights(self.folder)
        self.before = self._blobs()
        self.sent = self._sent()

    def _weights(self, folder: pathlib.Path) -> pathlib.Path:
        path = folder / "weights.gguf"
        path.write_bytes(halves.made_of(FILE))
        path.chmod(0o644)
        parameters = json.loads((DEMO / "params.json").read_text(encoding="utf-8"))
        lines = [f"FROM {path}"]
        for name, value in parameters.items():
            values = value if isinstance(value, list) else [value]
            lines += [f"PARAMETER {name} {json.dumps(item)}" for item in values]
        (self.folder / "Modelfile").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def _create(self, *words: str, user: int | None = None, **variables: str) -> str:
        """Makes the model; returns what the command has said."""
        file = str(self.folder / "Modelfile")
        ended = self.baton.run("create", "placed", "-f", file, *words, user=user, **variables)
        self.addCleanup(self.send, "DELETE", "/api/delete", json.dumps({"model": "placed"}))
        self.assertEqual(ended.returncode, 0, ended.stdout)
        self.assertTrue(ended.stdout.endswith("success\n"), ended.stdout)
        return ended.stdout

    def _blobs(self) -> set[pathlib.Path]:
        return set((self.baton.store.folder / "blobs").iterdir())

    def _blob(self) -> pathlib.Path:
        """The new blob of weights."""
        size = self.weights.stat().st_size
        (blob,) = (path for path in self._blobs() - self.before if path.stat().st_size == size)
        return blob

    def _sent(self) -> int:
        """How many blobs have come by requests."""
        text = self.send("GET", "/metrics").text
        lines = re.findall(r"^baton_http_requests_total\{(.*)\} (\d+)$", text, re.MULTILINE)
        return sum(
            int(count) for labels, count in lines if "blobs" in labels and 'method="POST"' in labels
        )

    def _is_shared(self, said: str) -> bool:
        """Whether the file system could share the file's blocks."""
        return "weights.gguf in place: it shares its blocks" in said

    def test_the_servers_store_gets_the_file_itself(self) -> None:
        said = self._create()
        if not self._is_shared(said):
            self.assertIn("using weights.gguf in place: it is the same file", said)
            self.assertTrue(self._blob().samefile(self.weights))
        self.assertEqual(self._sent(), self.sent)
        # The model does not need the first name.
        self.weights.unlink()
        self.assert_said("7", "/api/chat", model="placed", messages=user(SUM))
        verified = self.baton.run("verify-store", "--store", str(self.baton.store.folder))
        self.assertEqual(verified.returncode, 0, verified.stdout)

    def test_deleting_the_model_leaves_the_file(self) -> None:
        self._create()
        self.client.delete("placed")
        self.assertEqual(self._blobs(), self.before)
        self.assertEqual(self.weights.read_bytes(), halves.made_of(FILE))

    def test_who_wants_a_copy_gets_one(self) -> None:
        said = self._create("--copy")
        self.assertNotIn("in place", said)
        self.assertIn("copying weights.gguf:", said)
        self.assertFalse(self._blob().samefile(self.weights))
        self.assertEqual(self._sent(), self.sent + 1)

    def test_a_second_model_of_the_file_needs_nothing(self) -> None:
        self._create()
        self.assertIn("using existing layer sha256:", self._create())
        self.assertEqual(self._sent(), self.sent)

    def test_a_file_that_others_may_write_is_sent(self) -> None:
        self.weights.chmod(0o666)
        said = self._create()
        if not self._is_shared(said):
            self.assertIn("sending weights.gguf: ", said)
            self.assertIn("others than its owner may write it", said)
            self.assertEqual(self._sent(), self.sent + 1)
        self.assertFalse(self._blob().samefile(self.weights))

    @unittest.skipUnless(SHARED.is_dir(), "needs a second file system at /dev/shm")
    def test_a_file_of_another_file_system_is_sent(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory(dir=SHARED))
        if os.stat(folder).st_dev == self.folder.stat().st_dev:
            self.skipTest("/dev/shm is on the store's file system")
        self.weights = self._weights(pathlib.Path(folder))
        self.assertIn("it lies on another file system than the store", self._create())
        self.assertEqual(self._sent(), self.sent + 1)

    def test_a_store_that_the_server_does_not_look_into_is_left_alone(self) -> None:
        other = self.folder / "other"
        (other / "blobs").mkdir(parents=True)
        config = self.folder / "config"
        config.mkdir()
        content = json.dumps({"models": {"stores": [str(other)]}})
        (config / "language.yaml").write_text(content, encoding="utf-8")
        said = self._create(BATON_CONFIG_DIR=str(config))
        self.assertIn(f"the server does not look into '{other}'", said)
        self.assertEqual(list((other / "blobs").iterdir()), [])
        self.assertEqual(self._sent(), self.sent + 1)

    def test_files_that_are_no_model_do_not_stay(self) -> None:
        self.weights.write_bytes(b"no model" * 100)
        ended = self.baton.run("create", "broken", "-f", str(self.folder / "Modelfile"))
        self.assertEqual(ended.returncode, 1, ended.stdout)
        self.assertIn("supplied file was not in GGUF format", ended.stdout)
        self.assertEqual(self._blobs(), self.before)
        self.assertEqual(self.weights.stat().st_size, 800)

    @unittest.skipUnless(os.geteuid() == 0, "only root can run a command as another user")
    def test_who_may_not_write_the_store_sends_the_file(self) -> None:
        self.baton.home.chmod(0o711)
        config = self.folder / "config"
        shutil.copytree(self.baton.home / "config", config)
        config.chmod(0o755)
        state = self.folder / "state"
        state.mkdir(mode=0o777)
        os.chown(state, NOBODY, NOBODY)
        places = {"BATON_CONFIG_DIR": str(config), "BATON_STATE_DIR": str(state)}
        said = self._create(user=NOBODY, **places)
        self.assertIn(f"this user may not write to '{self.baton.store.folder}'", said)
        self.assertEqual(self._sent(), self.sent + 1)
