"""OpenAI's completions, embeddings and models, driven by its client package."""

import base64
import math
import struct
from typing import Any

import openai
from case import SUM
from store import Store
from test_openai_chat import OpenAITest


class CompletionsTest(OpenAITest):
    def ask(self, **wish: Any) -> Any:
        # Pieces of streams have no reason to end, which the package's own types do not know.
        with self.baton.openai(is_strict=not wish.get("stream")) as client:
            answer = client.completions.create(**{"model": "demo", "prompt": SUM, **wish})
            return list(answer) if wish.get("stream") else answer

    def test_an_answer(self) -> None:
        answer = self.ask()
        self.assertEqual((answer.choices[0].text, answer.choices[0].finish_reason), ("7", "stop"))
        native = self.client.generate("demo", SUM)
        self.assertEqual(answer.usage.prompt_tokens, native.prompt_eval_count)
        self.assertEqual(answer.usage.completion_tokens, native.eval_count)

    def test_a_stream(self) -> None:
        chunks = self.ask(stream=True, stream_options={"include_usage": True})
        self.assertEqual("".join(c.choices[0].text for c in chunks if c.choices), "7")
        self.assertEqual(chunks[-2].choices[0].finish_reason, "stop")
        self.assertEqual(chunks[-1].usage.total_tokens, self.ask().usage.total_tokens)

    def test_several_prompts_and_answers(self) -> None:
        prompts = [SUM, "What colour is grass?"]
        answer = self.ask(prompt=prompts, n=2)
        self.assertEqual([c.text for c in answer.choices], ["7", "7", "Green", "Green"])
        self.assertEqual([c.index for c in answer.choices], [0, 1, 2, 3])
        alone = [self.ask(prompt=prompt).usage.prompt_tokens for prompt in prompts]
        self.assertEqual(answer.usage.prompt_tokens, sum(alone))

    def test_an_echo(self) -> None:
        self.assertEqual(self.ask(echo=True).choices[0].text, f"{SUM}7")
        streamed = "".join(c.choices[0].text for c in self.ask(echo=True, stream=True))
        self.assertEqual(streamed, f"{SUM}7")

    def test_raw_prompts_and_tokens_are_the_same(self) -> None:
        raw = self.ask(extra_body={"raw": True}, max_tokens=4)
        tokens = self.post(
            "/api/tokenize", model="demo", content=SUM, add_special=True
        ).json["tokens"]
        for prompt in (tokens, [tokens]):
            answer = self.ask(prompt=prompt, max_tokens=4)
            self.assertEqual(answer.choices[0].text, raw.choices[0].text)
            self.assertEqual(answer.usage.prompt_tokens, len(tokens))

    def test_probabilities(self) -> None:
        answer = self.ask(logprobs=2)
        told = answer.choices[0].logprobs
        self.assertEqual(len(told.tokens), len(told.token_logprobs))
        self.assertEqual("".join(told.tokens).strip(), "7")
        self.assertTrue(all(len(others) == 2 for others in told.top_logprobs))
        self.assertEqual(told.text_offset[0], 0)

    def test_what_is_refused(self) -> None:
        for field, wish in (
            ("prompt", {"prompt": {"a": 1}}), ("prompt", {"prompt": []}),
            ("prompt[1]", {"prompt": ["a", 5]}), ("prompt", {"prompt": [1, "a"]}),
            ("prompt", {"prompt": [-1]}), ("prompt", {"prompt": ["a"] * 17}),
            ("suffix", {"suffix": "x"}), ("best_of", {"best_of": 3}),
            ("echo", {"echo": True, "logprobs": 1}), ("logprobs", {"logprobs": 30}),
            ("max_tokens", {"max_tokens": -1}),
        ):
            with self.subTest(wish), self.assertRaises(openai.BadRequestError) as caught:
                self.ask(**wish)
            self.assertEqual(caught.exception.param, field)
        with self.assertRaises(openai.BadRequestError):
            self.ask(prompt=[2_000_000_000])


class VectorsTest(OpenAITest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")

    def ask(self, **wish: Any) -> Any:
        # Where nobody says anything the package asks for base64, which its own types do not know.
        with self.baton.openai(is_strict=isinstance(wish.get("encoding_format"), str)) as client:
            return client.embeddings.create(**{"model": "demo", "input": SUM, **wish})

    def test_vectors(self) -> None:
        native = self.client.embed("demo", [SUM, "Hello."])
        for form in ("float", openai.NOT_GIVEN):
            answer = self.ask(input=[SUM, "Hello."], encoding_format=form)
            self.assertEqual([item.index for item in answer.data], [0, 1])
            for item, vector in zip(answer.data, native.embeddings, strict=True):
                for mine, theirs in zip(item.embedding, vector, strict=True):
                    self.assertAlmostEqual(mine, theirs, 4)
            self.assertEqual(answer.usage.prompt_tokens, native.prompt_eval_count)

    def test_base64_is_the_same(self) -> None:
        encoded = self.post(
            "/v1/embeddings", model="demo", input=SUM, encoding_format="base64"
        ).json["data"][0]["embedding"]
        data = base64.b64decode(encoded, validate=True)
        numbers = struct.unpack(f"<{len(data) // 4}f", data)
        plain = self.ask(encoding_format="float").data[0].embedding
        for mine, theirs in zip(numbers, plain, strict=True):
            self.assertAlmostEqual(mine, theirs, 5)

    def test_tokens(self) -> None:
        tokens = self.post(
            "/api/tokenize", model="demo", content=SUM, add_special=True
        ).json["tokens"]
        plain = self.ask(encoding_format="float").data[0].embedding
        for given in (tokens, [tokens]):
            answer = self.ask(input=given, encoding_format="float")
            self.assertEqual(answer.usage.prompt_tokens, len(tokens))
            for mine, theirs in zip(answer.data[0].embedding, plain, strict=True):
                self.assertAlmostEqual(mine, theirs, 3)

    def test_fewer_dimensions(self) -> None:
        vector = self.ask(dimensions=8).data[0].embedding
        self.assertEqual(len(vector), 8)
        self.assertAlmostEqual(math.hypot(*vector), 1, 4)

    def test_what_is_refused(self) -> None:
        for field, wish in (
            ("input", {"input": []}), ("input", {"input": ""}), ("input", {"input": ["", "a"]}),
            ("input[0]", {"input": [[]]}), ("input", {"input": [1.5]}),
            ("dimensions", {"dimensions": 0}), ("dimensions", {"dimensions": 100_000}),
            ("encoding_format", {"encoding_format": "int8"}),
            ("input", {"input": "word " * 9000, "extra_body": {"truncate": False}}),
        ):
            with self.subTest(wish), self.assertRaises(openai.BadRequestError) as caught:
                self.ask(**wish)
            self.assertIn(caught.exception.param, (field, f"{field}[0]"))
        self.ask(input="word " * 9000)


class ModelsTest(OpenAITest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("other:small")
        store.age("other:small", 3600)

    def test_the_list(self) -> None:
        models = self.openai.models.list().data
        self.assertEqual([model.id for model in models], ["demo:latest", "other:small"])
        self.assertEqual({model.owned_by for model in models}, {"library"})
        self.assertAlmostEqual(models[0].created - models[1].created, 3600, delta=5)

    def test_one(self) -> None:
        for name in ("demo", "demo:latest", "library/demo", "registry.ollama.ai/library/demo"):
            model = self.openai.models.retrieve(name)
            self.assertEqual((model.id, model.object), ("demo:latest", "model"))
            path = self.send("GET", f"/v1/models/{name}")
            self.assertEqual(path.json["id"], "demo:latest")
        with self.assertRaises(openai.NotFoundError) as caught:
            self.openai.models.retrieve("nobody")
        self.assertEqual(caught.exception.code, "model_not_found")
