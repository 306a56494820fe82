"""Stores that the services may read and not change, or not even read."""

import contextlib
import hashlib
import json
import os
import pathlib
import subprocess
import unittest
from collections.abc import Callable
from typing import Any

import ollama
from case import LanguageTest
from installation import PROGRAMS, Installation
from registry import Registry
from store import DEMO, Store

NOBODY = 65_534


def _can_run() -> bool:
    """Whether somebody without rights can start the programs where they lie."""
    if os.geteuid() != 0:
        return False
    with contextlib.suppress(OSError):
        words = [str(PROGRAMS / "baton"), "version"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        as_nobody: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        return subprocess.run(words, check=False, **quiet, **as_nobody).returncode == 0
    return False


def tree(folder: pathlib.Path) -> dict[str, tuple[int, int]]:
    """Everything below a folder, with sizes and times."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[str(path)] = (status.st_size, status.st_mtime_ns)
    return found


class Refusals:
    """What must hold wherever the store cannot be changed; the class says how it is told."""

    baton: Installation
    client: ollama.Client
    registry: Registry
    # What every refusal says, beside the folder.
    remedy: str
    reason: str

    def _assert_refused(self: Any, what: Callable[[], Any]) -> None:
        before = tree(self.baton.store.folder)
        with self.assertRaises(ollama.ResponseError) as raised:
            what()
        error = raised.exception.error
        for words in (str(self.baton.store.folder), self.reason, self.remedy):
            self.assertIn(words, error)
        self.assertEqual(tree(self.baton.store.folder), before)

    def _assert_told(self: Any, *words: str) -> None:
        """A verb ends with one line that says all of it."""
        before = tree(self.baton.store.folder)
        ended = self.baton.run(*words, user=self.baton.user)
        self.assertEqual(ended.returncode, 1, ended.stdout)
        (line,) = (line for line in ended.stdout.splitlines() if line.startswith("baton: "))
        for part in (str(self.baton.store.folder), self.reason, self.remedy):
            self.assertIn(part, line)
        self.assertEqual(tree(self.baton.store.folder), before)

    def test_what_can_be_read_is_there(self: Any) -> None:
        self.assertEqual([model.model for model in self.client.list().models], ["demo:latest"])
        self.assertEqual(self.client.show("demo").details.format, "gguf")
        listed = self.baton.run("list", user=self.baton.user)
        self.assertIn("demo:latest", listed.stdout)
        verified = self.baton.run(
            "verify-store", "--store", str(self.baton.store.folder), user=self.baton.user
        )
        self.assertEqual(verified.returncode, 0, verified.stdout)

    def test_nothing_is_pulled(self: Any) -> None:
        name = f"{self.registry.host}/library/demo"
        self._assert_refused(lambda: self.client.pull(name, insecure=True))
        self._assert_told("pull", name, "--insecure")

    def test_nothing_is_made(self: Any) -> None:
        self._assert_refused(lambda: self.client.create("other", from_="demo", system="Be short."))
        file = self.baton.home / "Modelfile"
        file.write_text("FROM demo\nSYSTEM Be short.\n", encoding="utf-8")
        self._assert_told("create", "other", "-f", str(file))

    def test_no_file_is_taken_in(self: Any) -> None:
        path = self.baton.home / "file"
        path.write_bytes(b"a file")
        path.chmod(0o644)
        self._assert_refused(lambda: self.client.create_blob(path))
        file = self.baton.home / "Modelfile"
        file.write_text(f"FROM {path}\n", encoding="utf-8")
        self._assert_told("create", "other", "-f", str(file))

    def test_nothing_is_copied(self: Any) -> None:
        self._assert_refused(lambda: self.client.copy("demo", "other"))
        self._assert_told("cp", "demo", "other")

    def test_nothing_is_deleted(self: Any) -> None:
        self._assert_refused(lambda: self.client.delete("demo"))
        self._assert_told("rm", "demo")

    def test_nothing_is_collected(self: Any) -> None:
        self._assert_told("gc", "--store", str(self.baton.store.folder))

    def test_a_model_can_be_pushed(self: Any) -> None:
        # Nothing of the store changes by that.
        before = tree(self.baton.store.folder)
        name = f"{self.registry.host}/library/demo"
        with self.assertRaises(ollama.ResponseError) as raised:
            self.client.push(name, insecure=True)
        self.assertIn("not found", raised.exception.error)
        self.assertEqual(tree(self.baton.store.folder), before)


def _filled(registry: Registry) -> None:
    """Gives a registry the demo model."""
    content = (DEMO / "demo.gguf").read_bytes()
    layers = []
    for kind, blob in (("model", content), ("license", b"Free for all.")):
        name = "sha256:" + hashlib.sha256(blob).hexdigest()
        registry.blobs[name] = blob
        media = f"application/vnd.ollama.image.{kind}"
        layers.append({"mediaType": media, "digest": name, "size": len(blob)})
    manifest = {"schemaVersion": 2, "layers": layers}
    registry.manifests["/v2/library/demo/manifests/latest"] = json.dumps(manifest).encode()


@unittest.skipUnless(_can_run(), "needs root, and programs that everybody may start")
class ForeignStoreTest(Refusals, LanguageTest):
    remedy = "the store belongs to another user: run as that user, or give this one the right"
    reason = "Permission denied"
    user = NOBODY

    @classmethod
    def setUpClass(cls) -> None:
        cls.registry = cls.enterClassContext(Registry())
        _filled(cls.registry)
        cls.baton = cls.enterClassContext(Installation(cls.fill, user=NOBODY))
        cls.client = cls.baton.client()


@unittest.skipUnless(os.geteuid() == 0, "only root can mount a file system")
class ReadOnlyStoreTest(Refusals, LanguageTest):
    remedy = "the store's file system may only be read"
    reason = "Read-only file system"

    @classmethod
    def fill(cls, store: Store) -> None:
        super().fill(store)
        folder = str(store.folder)
        for words in (["--bind", folder, folder], ["-o", "remount,ro,bind", folder]):
            ended = subprocess.run(["mount", *words], check=False, capture_output=True, text=True)
            if ended.returncode != 0:
                raise unittest.SkipTest(f"no file system can be mounted: {ended.stderr}")

    @classmethod
    def setUpClass(cls) -> None:
        cls.registry = cls.enterClassContext(Registry())
        _filled(cls.registry)
        cls.baton = cls.enterClassContext(Installation(cls.fill))
        # Before the installation takes its folder away; what is still open there does not matter.
        folder = str(cls.baton.store.folder)
        cls.addClassCleanup(subprocess.run, ["umount", "--lazy", folder], check=True)
        cls.client = cls.baton.client()


@unittest.skipUnless(_can_run(), "needs root, and programs that everybody may start")
class ClosedStoreTest(LanguageTest):
    """Nobody but root can look into the store."""

    @classmethod
    def fill(cls, store: Store) -> None:
        super().fill(store)
        (store.folder / "manifests").chmod(0o700)

    @classmethod
    def setUpClass(cls) -> None:
        cls.baton = cls.enterClassContext(Installation(cls.fill, user=NOBODY))
        cls.client = cls.baton.client()

    def test_the_log_says_why_there_are_no_models(self) -> None:
        self.assertEqual(self.client.list().models, [])
        self.assertIn("passed over in the store", self.baton.log())
        self.assertIn("Permission denied", self.baton.log())
        with self.assertRaises(ollama.ResponseError) as raised:
            self.client.show("demo")
        self.assertEqual(raised.exception.status_code, 404)
