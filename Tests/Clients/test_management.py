"""Making, copying and removing models, and sending the files that they are made of."""

import contextlib
import hashlib
import json
from typing import Any

import halves
import ollama
from case import PLAIN, SUM, Answer, LanguageTest, user
from installation import eventually
from store import DEMO, VISION, Store

FILE = DEMO / "demo.gguf"


def digest(content: bytes) -> str:
    """The name of a blob."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


class ManagementTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        super().fill(store)
        # A second store, which nothing is written to.
        Store(store.folder.parent / "second").add("elsewhere", system="Your name is Pat.")

    def _names(self) -> set[str]:
        return {model.model or "" for model in self.client.list().models}

    def _upload(self, content: bytes, name: str | None = None) -> Answer:
        with contextlib.closing(self.baton.connection()) as connection:
            connection.request("POST", f"/api/blobs/{name or digest(content)}", content)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers.get_content_type(), answer.read().decode())

    def _blobs(self) -> set[str]:
        return {path.name for path in (self.baton.store.folder / "blobs").iterdir()}

    def _make(self, name: str, **members: Any) -> list[str]:
        answer = self.post("/api/create", model=name, **members)
        self.assertEqual((answer.status, answer.kind), (200, "application/x-ndjson"), answer.text)
        self.addCleanup(self.send, "DELETE", "/api/delete", json.dumps({"model": name}))
        return [line.get("status") or line["error"] for line in answer.lines]

    # Creating.

    def test_a_model_is_made_of_another_one(self) -> None:
        said = self._make(
            "second", **{"from": "demo"}, system="Your name is Pat.", template=PLAIN,
            parameters={"num_predict": 7, "stop": ["<|end|>"]}, license=["Free for all."],
            messages=user("My name is Ada.", "Hello, Ada."),
        )
        self.assertEqual(said[-2:], ["writing manifest", "success"])
        self.assertTrue(any(line.startswith("using existing layer sha256:") for line in said))
        self.assertTrue(any(line.startswith("creating new layer sha256:") for line in said))
        shown = self.client.show("second")
        self.assertEqual((shown.template, shown.license), (PLAIN, "Free for all."))
        self.assertIn("SYSTEM Your name is Pat.", shown.modelfile or "")
        self.assertIn("num_predict".ljust(31) + "7", (shown.parameters or "").splitlines())
        # What it was made from stays as it was, and parameters of it count that nobody changed.
        self.assertIn("num_ctx".ljust(31) + "1024", (shown.parameters or "").splitlines())
        self.assertNotIn("system", self.client.show("demo").model_dump(exclude_none=True))
        self.assert_said(
            "Your name is Ada.", "/api/chat", model="second", messages=user("What is my name?")
        )

    def test_the_package_makes_models_of_files(self) -> None:
        name = self.client.create_blob(FILE)
        self.assertEqual(name, digest(FILE.read_bytes()))
        parameters = json.loads((DEMO / "params.json").read_text(encoding="utf-8"))
        steps = self.client.create(
            "from-file", files={"demo.gguf": name}, parameters=parameters, stream=True
        )
        said = [step.status for step in steps]
        self.addCleanup(self.client.delete, "from-file")
        self.assertEqual((said[0], said[-1]), ("parsing GGUF", "success"))
        self.assert_said("7", "/api/chat", model="from-file", messages=user(SUM))

    def test_a_model_is_made_of_weights_and_projector(self) -> None:
        files = {}
        for file in ("model.gguf", "projector.gguf"):
            content = (VISION / file).read_bytes()
            self.assertIn(self._upload(content).status, (200, 201))
            files[file] = digest(content)
        self._make("seeing", files=files)
        self.assertIn("vision", self.client.show("seeing").capabilities or [])

    def test_an_answer_that_is_no_stream_is_one_object(self) -> None:
        answer = self.client.create("whole", from_="demo", system="Be short.")
        self.addCleanup(self.client.delete, "whole")
        self.assertEqual(answer.status, "success")

    def test_a_model_of_another_store_can_be_built_on(self) -> None:
        self._make("built", **{"from": "elsewhere"}, parameters={"num_predict": 5})
        self.assertIn("SYSTEM Your name is Pat.", self.client.show("built").modelfile or "")
        place = self.baton.store.folder / "manifests/registry.ollama.ai/library/built/latest"
        for part in json.loads(place.read_text(encoding="utf-8"))["layers"]:
            self.assertIn(part["digest"].replace(":", "-"), self._blobs())

    def test_what_makes_no_sense_is_refused_and_leaves_nothing(self) -> None:
        before, manifests = self._names(), self._blobs()
        sent = digest(FILE.read_bytes())
        self._upload(FILE.read_bytes())
        for words, status, members in [
            ("neither 'from' or 'files' was specified", 400, {}),
            ("no files provided to convert", 400, {"files": {}}),
            ("file path must be relative", 400, {"files": {"/demo.gguf": sent}}),
            ("file path must be relative", 400, {"files": {"../demo.gguf": sent}}),
            ("invalid digest format", 400, {"files": {"demo.gguf": "sha256:12"}}),
            ("is not in the store; send it first", 400,
             {"files": {"demo.gguf": "sha256:" + "0" * 64}}),
            ("safetensors", 400, {"files": {"model.safetensors": sent}}),
            ("unknown quantization type 'Q9'", 400, {"from": "demo", "quantize": "Q9"}),
            ("quantization is only supported for F16, BF16 and F32 models", 400,
             {"from": "demo", "quantize": "Q4_K_M"}),
            ("template error", 400, {"from": "demo", "template": "{{ if }}"}),
            ('"num_ctx" must be of type integer', 400,
             {"from": "demo", "parameters": {"num_ctx": "many"}}),
            ("only one adapter", 400,
             {"from": "demo", "adapters": {"a.gguf": sent, "b.gguf": sent}}),
            ("a draft model is taken as it is", 400, {"from": "demo", "draft_quantize": "Q4_0"}),
            ("'messages' must be a list", 400, {"from": "demo", "messages": 1}),
            ("run on this machine alone", 403, {"from": "demo", "remote_host": "https://a"}),
        ]:
            with self.subTest(words, **members):
                answer = self.post("/api/create", model="broken", **members)
                # What is found in the middle is a line.
                self.assertIn(answer.status, (status, 200), answer.text)
                self.assertIn(words, answer.lines[-1]["error"])
        for name in ("", "a/b/c/d", "../up", "x" * 81, "-x", "a:b:c", "ä"):
            with self.subTest(name):
                self.assert_refused(
                    400, f'invalid model name "{name}"', "/api/create", model=name,
                    **{"from": "demo"},
                )
        self.assertEqual(self._names(), before)
        self.assertLessEqual(self._blobs() - manifests, {sent.replace(":", "-")})

    def test_a_file_that_is_no_model_is_refused_after_it_came(self) -> None:
        content = b"no model" * 100
        self.assertEqual(self._upload(content).status, 201)
        answer = self.post("/api/create", model="broken", files={"a.gguf": digest(content)})
        self.assertIn("supplied file was not in GGUF format", answer.text)

    def test_weights_are_quantized_by_llama_quantize(self) -> None:
        content = halves.made_of(FILE)
        self.assertEqual(self._upload(content).status, 201)
        parameters = json.loads((DEMO / "params.json").read_text(encoding="utf-8"))
        files = {"halves.gguf": digest(content)}
        self._make("halves", files=files, parameters=parameters)
        answer = self.post("/api/create", model="small", **{"from": "halves"}, quantize="q8_0")
        self.addCleanup(self.client.delete, "small")
        steps = [line for line in answer.lines if "quantizing F16 model to Q8_0" in line["status"]]
        self.assertEqual(steps[-1]["completed"], steps[-1]["total"], answer.text)
        self.assertEqual(answer.lines[-1]["status"], "success")
        models = {model.model: model for model in self.client.list().models}
        self.assertEqual(models["small:latest"].details.quantization_level, "Q8_0")
        self.assertEqual(models["halves:latest"].details.quantization_level, "F16")
        self.assertLess(models["small:latest"].size, models["halves:latest"].size)
        self.assert_said("7", "/api/chat", model="small", messages=user(SUM))

    # Blobs.

    def test_a_blob_is_found_once_it_is_whole(self) -> None:
        content = b"\x00\xff" * 1_000_000
        place = f"/api/blobs/{digest(content)}"
        self.assertEqual(self.send("HEAD", place).status, 404)
        self.assertEqual(self._upload(content).status, 201)
        self.assertEqual(self.send("HEAD", place).status, 200)
        self.assertEqual(self._upload(content).status, 200)
        name = place.rpartition("/")[2].replace(":", "-")
        self.assertEqual((self.baton.store.folder / "blobs" / name).read_bytes(), content)

    def test_a_blob_that_is_not_what_it_is_called_is_refused(self) -> None:
        before = self._blobs()
        wrong = digest(b"something else")
        answer = self._upload(b"something", wrong)
        self.assertEqual(answer.status, 400)
        self.assertEqual(
            answer.json["error"],
            f'digest mismatch, expected "{wrong}", got "{digest(b"something")}"',
        )
        for name in ("sha256:12", "md5:" + "0" * 32, "..", "sha256:" + "x" * 64):
            with self.subTest(name):
                self.assertEqual(self.send("HEAD", f"/api/blobs/{name}").status, 400)
                self.assertEqual(self._upload(b"", name).json["error"], "invalid digest format")
        self.assertEqual(self.send("GET", f"/api/blobs/{wrong}").status, 405)
        self.assertEqual(self._blobs(), before)

    def test_a_client_that_leaves_while_it_sends_leaves_nothing(self) -> None:
        before = self._blobs()
        with contextlib.closing(self.baton.connection()) as connection:
            connection.putrequest("POST", f"/api/blobs/{digest(b'x' * 1_000_000)}")
            connection.putheader("Content-Length", "1000000")
            connection.endheaders()
            connection.send(b"x" * 500_000)
        eventually("what was begun is gone", lambda: self._blobs() == before)

    # Names.

    def test_a_copy_means_the_same(self) -> None:
        self.client.copy("demo", "someone/twin:v2")
        self.addCleanup(self.client.delete, "someone/twin:v2")
        models = {model.model: model.digest for model in self.client.list().models}
        self.assertEqual(models["someone/twin:v2"], models["demo:latest"])
        self.assert_said("7", "/api/chat", model="someone/twin:v2", messages=user(SUM))

    def test_a_model_of_another_store_is_copied_here(self) -> None:
        self.client.copy("elsewhere", "here")
        self.assertIn("SYSTEM Your name is Pat.", self.client.show("here").modelfile or "")
        self.client.delete("here")
        self.assertNotIn("here:latest", self._names())
        self.assertIn("elsewhere:latest", self._names())

    def test_copies_of_nothing_are_refused(self) -> None:
        for words, status, source, destination in [
            ('model "nobody" not found', 404, "nobody", "somebody"),
            ('source "" is invalid', 400, "", "somebody"),
            ('source "../x" is invalid', 400, "../x", "somebody"),
            ('destination "a:b:c" is invalid', 400, "demo", "a:b:c"),
        ]:
            with self.subTest(words):
                self.assert_refused(
                    status, words, "/api/copy", source=source, destination=destination
                )

    def test_deleting_takes_what_nobody_else_has(self) -> None:
        before = self._blobs()
        self._make("short", **{"from": "demo"}, system="Say it in one word.")
        self.client.delete("short")
        self.assertEqual(self._blobs(), before)
        self.assert_said("7", "/api/chat", model="demo", messages=user(SUM))
        with self.assertRaises(ollama.ResponseError) as raised:
            self.client.delete("short")
        self.assertEqual(raised.exception.status_code, 404)
        self.assertEqual(raised.exception.error, "model 'short' not found")
        answer = self.send("DELETE", "/api/delete", json.dumps({"model": "a b"}))
        self.assertEqual((answer.status, answer.json["error"]), (400, 'name "a b" is invalid'))
