"""Models that go to a registry and come back, and what the catalogue's short names stand for."""

import hashlib
from typing import Any

import ollama
from case import SUM, LanguageTest, user
from registry import Registry
from store import DEMO, Store


class RegistryTest(LanguageTest):
    registry: Registry

    @classmethod
    def setUpClass(cls) -> None:
        cls.registry = cls.enterClassContext(Registry())
        content = (DEMO / "demo.gguf").read_bytes()
        cls.registry.files["/demo.gguf"] = content
        file = {
            "url": f"http://{cls.registry.host}/demo.gguf",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": str(len(content)),
        }
        cls.catalogue = {
            "models": {
                "filed": {
                    "license": "mit", "files": [file],
                    "modelfile": "PARAMETER num_ctx 1024\nPARAMETER temperature 0\n",
                },
                "short": {
                    "license": "apache-2.0", "about": "a test",
                    "from": f"http://{cls.registry.host}/library/long:v1",
                },
                "wrong": {"files": [file | {"sha256": "0" * 64}]},
            }
        }
        super().setUpClass()
        cls.client.copy("demo", cls._name("long:v1"))
        cls.client.push(cls._name("long:v1"), insecure=True)

    @classmethod
    def _name(cls, name: str) -> str:
        return f"{cls.registry.host}/library/{name}"

    def _names(self) -> set[str]:
        return {model.model or "" for model in self.client.list().models}

    def _pull(self, name: str, **members: Any) -> list[dict[str, Any]]:
        answer = self.post("/api/pull", model=name, **members)
        self.assertEqual((answer.status, answer.kind), (200, "application/x-ndjson"), answer.text)
        return answer.lines

    def test_what_was_pushed_is_what_was_there(self) -> None:
        name = self._name("pushed")
        self.client.copy("demo", name)
        steps = [step.status for step in self.client.push(name, insecure=True, stream=True)]
        self.addCleanup(self.client.delete, name)
        self.assertEqual(steps[0], "retrieving manifest")
        self.assertEqual(steps[-1], "success")
        stored = self.baton.store.folder / "manifests/registry.ollama.ai/library/demo/latest"
        pushed = self.registry.manifests["/v2/library/pushed/manifests/latest"]
        self.assertEqual(pushed, stored.read_bytes())
        digest = "sha256:" + hashlib.sha256((DEMO / "demo.gguf").read_bytes()).hexdigest()
        self.assertIn(digest, self.registry.blobs)

    def test_a_pulled_model_answers(self) -> None:
        self.client.delete(self._name("long:v1"))
        self.assertNotIn(self._name("long:v1"), self._names())
        steps = list(self.client.pull(self._name("long:v1"), insecure=True, stream=True))
        said = [step.status or "" for step in steps]
        self.assertEqual((said[0], said[-1]), ("pulling manifest", "success"))
        self.assertIn("verifying sha256 digest", said)
        self.assertIn("writing manifest", said)
        blobs = [step for step in steps if step.digest]
        self.assertTrue(blobs and all(step.total for step in blobs))
        self.assert_said("7", "/api/chat", model=self._name("long:v1"), messages=user(SUM))

    def test_one_object_where_no_stream_is_wanted(self) -> None:
        answer = self.client.pull(self._name("long:v1"), insecure=True)
        self.assertEqual(answer.status, "success")

    def test_a_model_is_made_of_one_that_is_pulled_first(self) -> None:
        lines = self.post("/api/create", model="made", system="Be.", **{"from": "short"}).lines
        self.addCleanup(self.client.delete, "made")
        self.addCleanup(self.client.delete, "short")
        said = [line["status"] for line in lines]
        self.assertIn("pulling manifest", said)
        self.assertEqual((said.count("success"), said[-1]), (1, "success"))
        self.assertLessEqual({"made:latest", "short:latest"}, self._names())

    def test_what_cannot_be_pulled_is_told(self) -> None:
        lines = self._pull(self._name("nobody"), insecure=True)
        self.assertEqual(lines[-1]["error"], "pull model manifest: file does not exist")
        with self.assertRaises(ollama.ResponseError) as raised:
            self.client.pull(self._name("nobody"), insecure=True)
        self.assertEqual(raised.exception.error, "pull model manifest: file does not exist")
        self.assertEqual(raised.exception.status_code, 404)
        self.assert_refused(400, "model is required", "/api/pull")
        self.assert_refused(400, "insecure protocol http", "/api/pull", model="http://a/b/c")
        for name in ("a/b/c/d", "../up", "x:y:z", "a b"):
            with self.subTest(name):
                self.assert_refused(400, f"'{name}' is no model's name", "/api/pull", model=name)
        lines = self.post("/api/push", model=self._name("nothing"), insecure=True).lines
        self.assertIn("not found", lines[-1]["error"])

    def test_a_short_name_stands_for_a_model_at_a_registry(self) -> None:
        lines = self._pull("short")
        self.addCleanup(self.client.delete, "short")
        self.assertEqual(lines[0]["status"], "license of short:latest: apache-2.0")
        self.assertEqual(lines[-1]["status"], "success")
        self.assertEqual(sum(line["status"] == "success" for line in lines), 1)
        self.assert_said("7", "/api/chat", model="short", messages=user(SUM))

    def test_a_short_name_stands_for_files(self) -> None:
        lines = self._pull("Filed")
        self.addCleanup(self.client.delete, "filed")
        self.assertEqual(lines[0]["status"], "license of filed:latest: mit")
        self.assertEqual(lines[-1]["status"], "success")
        self.assertIn("num_ctx".ljust(31) + "1024", self.client.show("filed").parameters or "")
        self.assert_said("7", "/api/chat", model="filed", messages=user(SUM))

    def test_a_file_that_is_not_what_the_catalogue_says_is_refused(self) -> None:
        before = {path.name for path in (self.baton.store.folder / "blobs").iterdir()}
        lines = self._pull("wrong")
        self.assertIn("digest mismatch", lines[-1]["error"])
        self.assertNotIn("wrong:latest", self._names())
        after = {path.name for path in (self.baton.store.folder / "blobs").iterdir()}
        self.assertEqual(after, before)

    def test_the_catalogue_can_be_read(self) -> None:
        models = self.send("GET", "/api/catalogue").json["models"]
        own = {model["name"]: model for model in models}
        self.assertEqual(own["short:latest"]["license"], "apache-2.0")
        self.assertEqual(own["filed:latest"]["size"], (DEMO / "demo.gguf").stat().st_size)
