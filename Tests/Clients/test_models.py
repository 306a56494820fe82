"""Which models there are, which are loaded, and how long they stay."""

import datetime
import hashlib
import json

from case import ENDLESS, PLAIN, STORY, SUM, THINKING, TOOLS, LanguageTest, user
from installation import eventually
from store import DEMO, Store

SIZE = (DEMO / "demo.gguf").stat().st_size


class ModelsTest(LanguageTest):
    digests: dict[str, str] = {}

    @classmethod
    def fill(cls, store: Store) -> None:
        cls.digests["demo:latest"] = store.add("demo")
        cls.digests["tools:latest"] = store.add("tools", template=TOOLS)
        cls.digests["thinker:latest"] = store.add("thinker", template=THINKING)
        cls.digests["infill:latest"] = store.add(
            "infill", template="{{ .Prompt }}{{ .Suffix }}{{ .Response }}"
        )
        cls.digests["Full:v1.0"] = store.add(
            "Full:v1.0",
            template=PLAIN,
            system="Your name is Pat.",
            parameters={"stop": ["<|user|>", "<|end|>"]},
            messages=user("My name is Ada.", "Hello, Ada."),
            license="Free for all.",
        )
        store.age("tools", 10)
        store.age("demo", 20)

    def test_list_tells_name_size_and_digest_of_each(self) -> None:
        models = {model.model: model for model in self.client.list().models}
        self.assertEqual({name: model.digest for name, model in models.items()}, self.digests)
        for model in models.values():
            self.assertGreater(model.size, SIZE)
            self.assertEqual(model.details.format, "gguf")
            self.assertEqual(model.details.family, "llama")
            self.assertEqual(model.details.parameter_size, "790K")
            self.assertEqual(model.details.quantization_level, "Q8_0")

    def test_list_has_the_newest_first(self) -> None:
        names = [model.model for model in self.client.list().models]
        self.assertEqual(names[-2:], ["tools:latest", "demo:latest"])

    def test_size_is_that_of_layers_and_config(self) -> None:
        place = self.baton.store.folder / "manifests/registry.ollama.ai/library/demo/latest"
        content = place.read_bytes()
        manifest = json.loads(content)
        total = sum(part["size"] for part in [manifest["config"], *manifest["layers"]])
        model = next(m for m in self.client.list().models if m.model == "demo:latest")
        self.assertEqual(model.size, total)
        self.assertEqual(model.digest, hashlib.sha256(content).hexdigest())

    def test_list_and_show_tell_the_same_capabilities(self) -> None:
        expected = {
            "demo": ["completion"],
            "tools": ["completion", "tools"],
            "thinker": ["completion", "thinking"],
            "infill": ["completion", "insert"],
        }
        tags = {entry["name"]: entry for entry in self.send("GET", "/api/tags").json["models"]}
        for name, capabilities in expected.items():
            with self.subTest(name):
                self.assertCountEqual(self.client.show(name).capabilities, capabilities)
                self.assertCountEqual(tags[f"{name}:latest"]["capabilities"], capabilities)

    def test_show_tells_what_a_model_is_made_of(self) -> None:
        shown = self.client.show("Full:v1.0")
        self.assertEqual(shown.template, PLAIN)
        self.assertEqual(shown.license, "Free for all.")
        lines = (shown.parameters or "").splitlines()
        self.assertIn("num_ctx".ljust(31) + "1024", lines)
        self.assertEqual([line[:4] for line in lines].count("stop"), 2)
        for part in ("FROM ", "TEMPLATE ", "SYSTEM ", "PARAMETER num_ctx 1024", "MESSAGE user"):
            self.assertIn(part, shown.modelfile)
        reply = self.post("/api/show", model="Full:v1.0").json
        self.assertEqual(reply["system"], "Your name is Pat.")
        self.assertEqual(reply["messages"], user("My name is Ada.", "Hello, Ada."))

    def test_show_tells_metadata_without_arrays(self) -> None:
        info = self.client.show("demo").modelinfo or {}
        self.assertEqual(info["general.architecture"], "llama")
        self.assertEqual(info["llama.context_length"], 1024)
        self.assertGreater(info["general.parameter_count"], 500_000)
        self.assertIsNone(info["tokenizer.ggml.tokens"])
        self.assertNotIn("tokenizer.chat_template", info)
        self.assertNotIn("general.name", info)

    def test_show_tells_arrays_and_tensors_when_all_is_asked_for(self) -> None:
        reply = self.post("/api/show", model="demo", verbose=True).json
        self.assertEqual(len(reply["model_info"]["tokenizer.ggml.tokens"]), 1024)
        shapes = {tensor["name"]: tensor["shape"] for tensor in reply["tensors"]}
        self.assertEqual(shapes["token_embd.weight"], [128, 1024])
        self.assertNotIn("tensors", self.post("/api/show", model="demo").json)

    def test_show_takes_name_for_model(self) -> None:
        self.assertEqual(self.post("/api/show", name="demo").status, 200)

    def test_show_refuses_no_name_and_unknown_ones(self) -> None:
        self.assert_refused(400, "model is required", "/api/show", verbose=False)
        self.assert_refused(404, "model 'nope' not found", "/api/show", model="nope")

    def test_names_are_matched_whatever_their_case(self) -> None:
        self.assertEqual(self.client.show("DEMO").capabilities, ["completion"])
        self.assertEqual(self.client.show("full:V1.0").template, PLAIN)
        reply = self.assert_said("7", "/api/chat", model="Demo:LATEST", messages=user(SUM))
        self.assertEqual(reply["model"], "Demo:LATEST")

    def test_names_may_be_written_out(self) -> None:
        for name in ("library/demo", "registry.ollama.ai/library/demo:latest"):
            with self.subTest(name):
                self.assert_said("7", "/api/chat", model=name, messages=user(SUM))


class EmptyStoreTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        pass

    def test_lists_are_empty_and_not_missing(self) -> None:
        self.assertEqual(self.send("GET", "/api/tags").json, {"models": []})
        self.assertEqual(self.send("GET", "/api/ps").json, {"models": []})


class LoadingTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("alias")

    def setUp(self) -> None:
        for model in self.client.ps().models:
            self.client.generate(model.model, keep_alive=0)

    def rest(self) -> float:
        """How many seconds from now the only loaded model goes."""
        (model,) = self.client.ps().models
        moment = model.expires_at
        assert moment is not None
        return (moment - datetime.datetime.now(datetime.timezone.utc)).total_seconds()

    def loads(self) -> int:
        """How often engines were started."""
        return sum(model["loads"] for model in self.baton.status()["models"])

    def test_ps_tells_what_is_loaded(self) -> None:
        self.assertEqual(self.client.ps().models, [])
        self.client.generate("demo", SUM)
        (model,) = self.client.ps().models
        self.assertEqual((model.name, model.model), ("demo:latest", "demo:latest"))
        self.assertEqual(model.digest, self.client.list().models[-1].digest)
        self.assertEqual(model.context_length, 1024)
        self.assertEqual(model.size_vram, 0)
        self.assertGreater(model.size, SIZE)
        self.assertEqual(model.details.family, "llama")

    def test_load_is_one_object_even_where_streams_are_usual(self) -> None:
        for path, text in (
            ("/api/generate", {"response": ""}),
            ("/api/chat", {"message": {"role": "assistant", "content": ""}}),
        ):
            with self.subTest(path):
                self.setUp()
                answer = self.post(path, model="demo")
                self.assertEqual((answer.status, answer.kind), (200, "application/json"))
                reply = answer.json
                self.assertRegex(reply.pop("created_at"), r"Z$")
                expected = {"model": "demo", "done": True, "done_reason": "load", **text}
                self.assertEqual(reply, expected)
                self.assertEqual(len(self.client.ps().models), 1)

    def test_unload_takes_the_model_out_at_once(self) -> None:
        for path in ("/api/generate", "/api/chat"):
            for keep in (0, "0", "0s", 0.0):
                with self.subTest(path=path, keep=keep):
                    self.post(path, model="demo")
                    reply = self.post(path, model="demo", keep_alive=keep).json
                    self.assertEqual((reply["done"], reply["done_reason"]), (True, "unload"))
                    self.assertEqual(self.client.ps().models, [])

    def test_unload_of_what_is_not_loaded_is_fine(self) -> None:
        reply = self.post("/api/generate", model="demo", keep_alive=0).json
        self.assertEqual(reply["done_reason"], "unload")

    def test_two_names_of_one_model_share_an_engine(self) -> None:
        before = self.loads()
        self.client.generate("demo", SUM)
        self.client.generate("alias", SUM)
        self.assertEqual(self.loads() - before, 1)

    def test_either_name_of_a_shared_engine_unloads_it(self) -> None:
        self.client.generate("demo", SUM)
        self.client.generate("alias", SUM)
        self.client.generate("alias", keep_alive=0)
        self.assertEqual(self.client.ps().models, [])

    def test_a_prompt_with_keep_alive_0_is_answered_and_then_unloaded(self) -> None:
        self.assertEqual(self.client.generate("demo", SUM, keep_alive=0).response, "7")
        eventually("nothing is loaded", lambda: not self.client.ps().models, limit=5)

    def test_a_short_keep_alive_unloads_by_itself(self) -> None:
        self.client.generate("demo", SUM, keep_alive="100ms")
        eventually("nothing is loaded", lambda: not self.client.ps().models, limit=5)

    def test_keep_alive_in_all_its_forms(self) -> None:
        century = 100 * 365 * 86_400
        for keep, seconds in (
            (90, 90), (90.5, 90.5), ("90s", 90), ("1h30m", 5400), ("2m", 120), (None, 300),
        ):
            with self.subTest(keep):
                self.post("/api/generate", model="demo", keep_alive=keep)
                self.assertAlmostEqual(self.rest(), seconds, delta=2)
        for keep in (-1, -0.5, "-1m", "-1s"):
            with self.subTest(keep):
                self.post("/api/generate", model="demo", keep_alive=keep)
                self.assertGreater(self.rest(), century)

    def test_the_newest_keep_alive_counts(self) -> None:
        self.client.chat("demo", user(SUM), keep_alive=-1)
        self.client.chat("demo", user(SUM), keep_alive="2m")
        self.assertAlmostEqual(self.rest(), 120, delta=2)

    def test_keep_alive_of_wrong_forms_is_refused(self) -> None:
        wrong = {
            "x": 'time: invalid duration "x"', "5y": 'time: unknown unit "y" in duration "5y"',
            "": 'time: invalid duration ""', "1.5": 'time: missing unit in duration "1.5"',
        }
        for path in ("/api/generate", "/api/chat", "/api/embed"):
            for keep, error in wrong.items():
                with self.subTest(path=path, keep=keep):
                    self.assert_refused(400, error, path, model="demo", keep_alive=keep)
            self.assert_refused(
                400, "Unsupported type: 'bool'", path, model="demo", keep_alive=True
            )
            for keep in ({}, []):
                answer = self.post(path, model="demo", keep_alive=keep)
                self.assertEqual(answer.status, 400)
                self.assertRegex(answer.json["error"], "^Unsupported type: '.+'$")

    def test_a_context_is_never_longer_than_the_model_was_trained_for(self) -> None:
        self.client.generate("demo", options={"num_ctx": 100_000})
        self.assertEqual([model.context_length for model in self.client.ps().models], [1024])

    def test_unloading_does_not_break_an_answer_off(self) -> None:
        members = {"model": "demo", "prompt": STORY, "options": {**ENDLESS, "num_predict": 1000}}
        with self.stream("/api/generate", **members) as stream:
            stream.readline()
            reply = self.post("/api/generate", model="demo", keep_alive=0).json
            self.assertEqual(reply.get("done_reason"), "unload", reply)
            last = [json.loads(line) for line in stream][-1]
            self.assertEqual((last.get("done"), last.get("eval_count")), (True, 1000), last)
            self.assertNotIn("resumed", last)
        eventually("nothing is loaded", lambda: not self.client.ps().models, limit=5)

    def test_ps_has_the_latest_expiry_first(self) -> None:
        self.client.generate("demo", keep_alive="2m")
        self.client.generate("demo", keep_alive="1h", options={"num_ctx": 512})
        lengths = [model.context_length for model in self.client.ps().models]
        self.assertEqual(lengths, [512, 1024])


class TagsTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo:large")
        store.add("demo:small", parameters={"num_ctx": 256})

    def test_tags_with_other_contexts_stay_loaded_side_by_side(self) -> None:
        names = ("demo:large", "demo:small")
        for name in names:
            self.client.chat(name, user(SUM))

        def loads() -> list[int]:
            return [self.baton.residencies(name)[0]["loads"] for name in names]

        self.assertEqual(loads(), [1, 1])
        for name in names * 3:
            self.assert_said("7", "/api/chat", model=name, messages=user(SUM))
        lengths = {model.model: model.context_length for model in self.client.ps().models}
        self.assertEqual(lengths, {"demo:large": 1024, "demo:small": 256})
        self.assertEqual(loads(), [1, 1])
