"""Texts that answer a prompt: templates, systems, contexts, options and what is refused."""

import json

from case import ENDLESS, PLAIN, STORY, SUM, LanguageTest, user
from store import Store

SCHEMA = {"type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"]}
NAME = "What is your name?"


class GenerateTest(LanguageTest):
    models = ("demo", "plain")

    @classmethod
    def fill(cls, store: Store) -> None:
        for name, template in (("demo", None), ("plain", PLAIN)):
            store.add(name, template=template)
            store.add(f"{name}-pat", template=template, system="Your name is Pat.")
            told = user("My name is Ada.", "Hello, Ada.")
            store.add(f"{name}-told", template=template, messages=told)
            store.add(f"{name}-small", template=template, parameters={"num_ctx": 256})
        legacy = (
            "{{ if .System }}<|system|>{{ .System }}<|end|>{{ end }}<|user|>{{ .Prompt }}<|end|>"
            "<|assistant|>{{ .Response }}<|end|>"
        )
        store.add("legacy", template=legacy)
        store.add("infill", template="{{ if .Suffix }}{{ .Suffix }}|{{ end }}{{ .Prompt }}")

    def test_answers(self) -> None:
        for model in (*self.models, "legacy"):
            with self.subTest(model):
                answer = self.client.generate(model, SUM)
                self.assertEqual((answer.response, answer.done_reason), ("7", "stop"))
                self.assertEqual((answer.prompt_eval_count, answer.eval_count), (12, 2))
                self.assertIsNone(answer.thinking)

    def test_streams_the_same_answer(self) -> None:
        for model in self.models:
            with self.subTest(model):
                whole = self.client.generate(model, STORY)
                pieces = list(self.client.generate(model, STORY, stream=True))
                text = "".join(piece.response for piece in pieces)
                self.assertEqual(text, whole.response)
                self.assertGreater(len(pieces), 20)
                self.assertEqual((pieces[-1].response, pieces[-1].done), ("", True))
                self.assertEqual(pieces[-1].context, whole.context)
                self.assertTrue(all(piece.context is None for piece in pieces[:-1]))

    def test_the_context_remembers(self) -> None:
        for model in self.models:
            with self.subTest(model):
                first = self.client.generate(model, "My name is Ada.")
                tokens = list(first.context or [])
                counts = (first.prompt_eval_count or 0) + (first.eval_count or 0)
                self.assertEqual(len(tokens), counts)
                second = self.client.generate(model, "What is my name?", context=tokens)
                self.assertEqual(second.response, "Your name is Ada.")
                self.assertEqual(list(second.context or [])[: len(tokens)], tokens)
                third = self.client.generate(model, SUM, context=second.context)
                self.assertEqual(third.response, "7")
                alone = self.client.generate(model, "What is my name?")
                self.assertEqual(alone.response, "You have not told me your name.")

    def test_the_models_messages_come_first_without_a_context(self) -> None:
        asked = "What is my name?"
        for model in self.models:
            with self.subTest(model):
                name = f"{model}-told"
                self.assert_said("Your name is Ada.", "/api/generate", model=name, prompt=asked)
                bo = self.client.generate(model, "My name is Bo.")
                answer = self.client.generate(name, asked, context=bo.context)
                self.assertEqual(answer.response, "Your name is Bo.")

    def test_the_requests_system_text_replaces_the_models(self) -> None:
        for model in self.models:
            with self.subTest(model):
                answer = self.client.generate(f"{model}-pat", NAME)
                self.assertEqual(answer.response, "My name is Pat.")
                answer = self.client.generate(f"{model}-pat", NAME, system="Your name is Tom.")
                self.assertEqual(answer.response, "My name is Tom.")
        answer = self.client.generate("legacy", NAME, system="Your name is Tom.")
        self.assertEqual(answer.response, "My name is Tom.")

    def test_the_requests_template_replaces_the_models(self) -> None:
        template = "<|user|>What is the capital of {{ .Prompt }}?<|end|><|assistant|>"
        for model in self.models:
            with self.subTest(model):
                answer = self.client.generate(model, "France", template=template)
                self.assertEqual(answer.response, "Paris")

    def test_a_template_that_is_none_is_refused(self) -> None:
        answer = self.post("/api/generate", model="demo", prompt="x", template="{{ .Prompt")
        self.assertEqual(answer.status, 400)

    def test_a_raw_prompt_goes_as_it_is(self) -> None:
        prompt = f"<|user|>{SUM}<|end|><|assistant|>"
        for model in self.models:
            with self.subTest(model):
                answer = self.client.generate(model, prompt, raw=True)
                self.assertEqual(answer.response, "7")
                self.assertIsNone(answer.context)
        # The model's own system text is left out, too.
        raw = f"<|user|>{NAME}<|end|><|assistant|>"
        answer = self.client.generate("plain-pat", raw, raw=True)
        self.assertEqual(answer.response, "My name is Baton.")

    def test_a_raw_prompt_has_nothing_beside_it(self) -> None:
        error = "raw mode does not support template, system, or context"
        for more in ({"template": "{{ .Prompt }}"}, {"system": "x"}, {"context": [1, 2]}):
            with self.subTest(more):
                self.assert_refused(
                    400, error, "/api/generate", model="demo", prompt="x", raw=True, **more
                )

    def test_a_suffix_needs_a_template_that_takes_it(self) -> None:
        for name in ("demo", "plain"):
            error = f"registry.ollama.ai/library/{name}:latest does not support insert"
            self.assert_refused(400, error, "/api/generate", model=name, prompt="a", suffix="b")
        answer = self.post(
            "/api/generate", model="infill", prompt="a", suffix="b", _debug_render_only=True
        )
        self.assertEqual(answer.json["_debug_info"]["rendered_template"], "b|a")

    def test_a_prompt_can_be_shown_instead_of_answered(self) -> None:
        for model in self.models:
            with self.subTest(model):
                answer = self.post(
                    "/api/generate", model=model, prompt="a", system="b", _debug_render_only=True
                )
                self.assertEqual(answer.status, 200, answer.text)
                shown = answer.json["_debug_info"]["rendered_template"]
                expected = "<|system|>b<|end|><|user|>a<|end|><|assistant|>"
                self.assertEqual(shown, expected)

    # Options.

    def test_the_same_seed_says_the_same(self) -> None:
        said = set()
        for seed in (1, 2, 3):
            options = {"seed": seed, "temperature": 5, "top_k": 0, "top_p": 1, "num_predict": 12}
            answers = [self.client.generate("demo", STORY, options=options) for _ in range(2)]
            self.assertEqual(answers[0].response, answers[1].response)
            said.add(answers[0].response)
        self.assertEqual(len(said), 3)

    def test_without_a_seed_every_answer_is_another(self) -> None:
        options = {"temperature": 5, "top_k": 0, "top_p": 1, "num_predict": 12}
        said = {self.client.generate("demo", STORY, options=options).response for _ in range(3)}
        self.assertEqual(len(said), 3)

    def test_num_predict_ends_the_answer(self) -> None:
        answer = self.client.generate("demo", STORY, options={"num_predict": 5})
        self.assertEqual(answer.response, "Once there was a small")
        self.assertEqual((answer.done_reason, answer.eval_count), ("length", 5))

    def test_a_negative_num_predict_means_until_it_stops(self) -> None:
        answer = self.client.generate("demo", SUM, options={"num_predict": -1})
        self.assertEqual((answer.response, answer.done_reason), ("7", "stop"))

    def test_a_token_that_comes_on_and_on_ends_the_answer(self) -> None:
        options = {"grammar": 'root ::= ("v")+', "num_predict": 400}
        for streams in (False, True):
            with self.subTest(streams):
                given = self.client.generate("demo", "a", options=options, stream=streams)
                text = "".join(piece.response for piece in (given if streams else [given]))
                self.assertLess(len(text), 50)

    def test_the_first_of_several_stop_texts_counts(self) -> None:
        answer = self.client.generate("demo", STORY, options={"stop": ["who", "small", "line"]})
        self.assertEqual((answer.response, answer.done_reason), ("Once there was a ", "stop"))

    def test_numbers_may_be_written_with_fractions_and_null_says_nothing(self) -> None:
        options = {"num_predict": 5.9, "seed": 1.5, "top_k": None, "nobody_knows": {"this": 1}}
        reply = self.assert_said(
            "Once there was a small", "/api/generate", model="demo", prompt=STORY, options=options
        )
        self.assertEqual(reply["eval_count"], 5)

    def test_a_form(self) -> None:
        asked = f"{SUM} Answer as JSON."
        for model in self.models:
            for form, prompt in (("json", asked), (SCHEMA, SUM)):
                with self.subTest(model=model, form=form):
                    answer = self.client.generate(model, prompt, format=form)
                    self.assertEqual(json.loads(answer.response), {"answer": 7})

    def test_log_probabilities_of_each_token(self) -> None:
        for model in self.models:
            with self.subTest(model):
                answer = self.client.generate(
                    model, "What is the capital of France?", logprobs=True, top_logprobs=2
                )
                entries = answer.logprobs or []
                self.assertEqual(len(entries), answer.eval_count)
                self.assertEqual(entries[0].token, "Paris")
                self.assertEqual(len(entries[0].top_logprobs or []), 2)

    # The window.

    def test_a_prompt_that_does_not_fit_is_cut_where_shifting_is_allowed(self) -> None:
        prompt = "lamp " * 400
        for more in ({}, {"raw": True}):
            for model in self.models:
                with self.subTest(model=model, **more):
                    answer = self.post(
                        "/api/generate", model=f"{model}-small", prompt=prompt, stream=False,
                        options={"num_predict": 4}, **more,
                    )
                    self.assertEqual(answer.status, 200, answer.text)
                    self.assertLess(answer.json["prompt_eval_count"], 256)

    def test_a_long_answer_goes_beyond_the_window_where_shifting_is_allowed(self) -> None:
        for model in self.models:
            with self.subTest(model):
                options = {**ENDLESS, "num_predict": 400}
                answer = self.client.generate(f"{model}-small", STORY, options=options)
                self.assertEqual((answer.eval_count, answer.done_reason), (400, "length"))
                answer = self.post(
                    "/api/generate", model=f"{model}-small", prompt=STORY, options=options,
                    shift=False, stream=False,
                )
                self.assertEqual(answer.json["done_reason"], "length")
                self.assertLess(answer.json["eval_count"], 256)

    def test_a_prompt_that_does_not_fit_is_refused_without_shifting(self) -> None:
        for model in self.models:
            with self.subTest(model):
                answer = self.post(
                    "/api/generate", model=f"{model}-small", prompt="lamp " * 400, shift=False
                )
                self.assertEqual(answer.status, 400)
                begin = (
                    "the prompt is longer than the context length currently available to the model"
                )
                self.assertTrue(answer.json["error"].startswith(begin), answer.text)
