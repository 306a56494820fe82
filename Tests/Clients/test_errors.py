"""What is refused, and in which words: clients compare some of them."""

import ollama
from case import SUM, LanguageTest, user

TEXT = "/api/generate", "/api/chat"


class ErrorsTest(LanguageTest):
    def test_unknown_models_are_404(self) -> None:
        for name in ("nope", "demo:nope", "other/demo", "a b", "demo:", "../demo", "/", "@"):
            with self.subTest(name):
                with self.assertRaises(ollama.ResponseError) as raised:
                    self.client.chat(name, user(SUM))
                self.assertEqual(raised.exception.status_code, 404)
                self.assertEqual(raised.exception.error, f"model '{name}' not found")
                self.assert_refused(
                    404, f"model '{name}' not found", "/api/generate", model=name, prompt="x"
                )

    def test_no_model_is_404_for_generate_and_400_for_chat(self) -> None:
        for members in ({"model": ""}, {"unknown": 1}, {"model": None}):
            with self.subTest(members):
                self.assert_refused(404, "model '' not found", "/api/generate", **members)
                self.assert_refused(400, "model is required", "/api/chat", **members)
        answer = self.send("POST", "/api/generate", "{}")
        self.assertEqual((answer.status, answer.json["error"]), (404, "model '' not found"))

    def test_an_empty_body(self) -> None:
        for path in (*TEXT, "/api/show", "/api/embed", "/api/embeddings"):
            with self.subTest(path):
                answer = self.send("POST", path)
                self.assertEqual(answer.status, 400)
                self.assertEqual(answer.json["error"], "missing request body")

    def test_what_is_no_json(self) -> None:
        for path in (*TEXT, "/api/show", "/api/embed", "/api/embeddings"):
            for body in ("{", "{x", "nonsense", '{"model": "demo",}', "[1,", '"text"', "[]", "5"):
                with self.subTest(path=path, body=body):
                    answer = self.send("POST", path, body)
                    self.assertEqual(answer.status, 400)
                    self.assertTrue(answer.json["error"])

    def test_members_of_wrong_types(self) -> None:
        wrong = {
            "model": 5, "messages": "x", "stream": "yes", "options": 5, "truncate": 1,
            "logprobs": "x", "top_logprobs": "x", "tools": {},
        }
        for name, value in wrong.items():
            with self.subTest(name):
                members = {"model": "demo", "messages": user(SUM), name: value}
                answer = self.post("/api/chat", **members)
                self.assertEqual(answer.status, 400)
                self.assertIn(name, answer.json["error"])
        for name, value in {"prompt": 5, "system": [], "raw": "x", "context": "x"}.items():
            with self.subTest(name):
                members = {"model": "demo", "prompt": "x", name: value}
                answer = self.post("/api/generate", **members)
                self.assertEqual(answer.status, 400)
                self.assertIn(name, answer.json["error"])

    def test_options_of_wrong_types(self) -> None:
        wrong = {
            "num_ctx": ("x", "integer"), "num_predict": (True, "integer"),
            "seed": ([], "integer"), "top_k": ("40", "integer"),
            "temperature": ("hot", "float32"), "top_p": (False, "float32"),
            "min_p": ({}, "float32"), "use_mmap": (1, "boolean"), "stop": ("x", "array"),
        }
        for name, (value, kind) in wrong.items():
            error = f'option "{name}" must be of type {kind}'
            for path in (*TEXT, "/api/embed"):
                with self.subTest(path=path, name=name):
                    self.assert_refused(400, error, path, model="demo", options={name: value})

    def test_unknown_options_are_no_error(self) -> None:
        options = {"mirostat_x": 1, "numa": True, "low_vram": "x"}
        self.assert_said("7", "/api/chat", model="demo", messages=user(SUM), options=options)

    def test_think_of_a_wrong_form(self) -> None:
        error = (
            'invalid think value: "x" (must be "high", "medium", "low", "max", true, or false)'
        )
        self.assert_refused(
            400, error, "/api/chat", model="demo", messages=user(SUM), think="x"
        )
        self.assert_refused(400, error, "/api/generate", model="demo", prompt="x", think="x")
        for think in (5, [], {}):
            answer = self.post("/api/chat", model="demo", messages=user(SUM), think=think)
            self.assertEqual(answer.status, 400)
            self.assertIn("think", answer.json["error"])

    def test_formats_that_are_none(self) -> None:
        for given, shown in (("xml", '"xml"'), (5, "5"), ([], "[]"), (True, "true")):
            error = (
                f'invalid format: {shown}; expected "json" or a valid JSON Schema object'
            )
            with self.subTest(given):
                self.assert_refused(
                    400, error, "/api/chat", model="demo", messages=user(SUM), format=given
                )
                self.assert_refused(
                    400, error, "/api/generate", model="demo", prompt="x", format=given
                )

    def test_schemas_and_grammars_that_are_none(self) -> None:
        asked = {"model": "demo", "messages": user(SUM)}
        for more in (
            {"format": {"type": "nosuch"}}, {"options": {"grammar": "root ::= ("}},
        ):
            for streams in (False, True):
                with self.subTest(more=more, streams=streams):
                    answer = self.post("/api/chat", **asked, **more, stream=streams)
                    self.assertEqual(answer.status, 400)
                    self.assertTrue(answer.json["error"])

    def test_top_logprobs_out_of_bounds(self) -> None:
        error = "top_logprobs must be between 0 and 20"
        for count in (-1, 21):
            self.assert_refused(
                400, error, "/api/chat", model="demo", messages=user(SUM), logprobs=True,
                top_logprobs=count,
            )
            self.assert_refused(
                400, error, "/api/generate", model="demo", prompt="x", top_logprobs=count
            )

    def test_images_for_a_model_that_sees_none(self) -> None:
        turns = [{**user("What is this?")[0], "images": ["aGVsbG8="]}]
        answer = self.post("/api/chat", model="demo", messages=turns)
        self.assertEqual(answer.status, 400)
        answer = self.post("/api/generate", model="demo", prompt="x", images=["aGVsbG8="])
        self.assertEqual(answer.status, 400)

    def test_a_deadline_of_a_wrong_form(self) -> None:
        for text in ("x", "-1", "1.5", ""):
            with self.subTest(text):
                answer = self.send(
                    "POST", "/api/generate", '{"model": "demo", "prompt": "x"}',
                    {"X-Baton-Deadline-Ms": text},
                )
                self.assertEqual(answer.status, 400)

    def test_the_service_still_answers_afterwards(self) -> None:
        self.assert_said("7", "/api/chat", model="demo", messages=user(SUM))
