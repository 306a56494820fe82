"""Conversations: answers, streams, what stands in front, forms, and history that is too long."""

import json

from case import PLAIN, STORY, SUM, LanguageTest, user
from store import Store

NAME = "What is your name?"
SCHEMA = {"type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"]}
# Nine of them do not fit 256 tokens.
FILLER = "Repeat: " + "lamp river stone " * 6
PAT = {"role": "system", "content": "Your name is Pat."}


class ChatTest(LanguageTest):
    # The same with the template in the model's file, and with one of the model's own.
    models = ("demo", "plain")

    @classmethod
    def fill(cls, store: Store) -> None:
        told = user("My name is Ada.", "Hello, Ada.")
        for name, template in (("demo", None), ("plain", PLAIN)):
            store.add(name, template=template)
            store.add(f"{name}-pat", template=template, system="Your name is Pat.")
            store.add(f"{name}-told", template=template, messages=told)
            store.add(f"{name}-small", template=template, parameters={"num_ctx": 256})

    def test_answers(self) -> None:
        for model in self.models:
            with self.subTest(model):
                answer = self.client.chat(model, user(SUM))
                self.assertEqual(answer.message.role, "assistant")
                self.assertEqual(answer.message.content, "7")
                self.assertIsNone(answer.message.thinking)
                self.assertIsNone(answer.message.tool_calls)
                self.assertEqual((answer.done, answer.done_reason), (True, "stop"))
                self.assertEqual((answer.prompt_eval_count, answer.eval_count), (12, 2))

    def test_streams_the_same_answer(self) -> None:
        for model in self.models:
            with self.subTest(model):
                whole = self.client.chat(model, user(STORY))
                pieces = list(self.client.chat(model, user(STORY), stream=True))
                self.assertGreater(len(pieces), 20)
                texts = [piece.message.content or "" for piece in pieces]
                self.assertEqual("".join(texts), whole.message.content)
                self.assertTrue(all(piece.message.role == "assistant" for piece in pieces))
                self.assertEqual([piece.done for piece in pieces[-2:]], [False, True])
                self.assertEqual(pieces[-1].message.content, "")
                self.assertEqual(pieces[-1].eval_count, whole.eval_count)

    def test_remembers_over_turns(self) -> None:
        for model in self.models:
            with self.subTest(model):
                turns = user("My name is Ada.", "Hello, Ada.", "What is my name?")
                self.assert_said("Your name is Ada.", "/api/chat", model=model, messages=turns)

    def test_the_models_system_text_is_there_unless_the_first_message_is_one(self) -> None:
        for model in self.models:
            with self.subTest(model):
                name = f"{model}-pat"
                said = "My name is Pat."
                self.assert_said(said, "/api/chat", model=name, messages=user(NAME))
                other = {"role": "system", "content": "Your name is Tom."}
                turns = [other, *user(NAME)]
                self.assert_said("My name is Tom.", "/api/chat", model=name, messages=turns)

    def test_the_models_messages_come_first(self) -> None:
        for model in self.models:
            with self.subTest(model):
                turns = user("What is my name?")
                name = f"{model}-told"
                self.assert_said("Your name is Ada.", "/api/chat", model=name, messages=turns)

    def test_roles_are_matched_whatever_their_case(self) -> None:
        turns = [{"role": "USER", "content": SUM}]
        self.assert_said("7", "/api/chat", model="demo", messages=turns)

    def test_an_answer_that_was_begun_goes_on(self) -> None:
        turns = user("Count from 2 to 5.", "2, 3")
        self.assert_said(", 4, 5", "/api/chat", model="demo", messages=turns)

    def test_options_change_the_answer(self) -> None:
        story = self.client.chat("demo", user(STORY)).message.content or ""
        short = self.client.chat("demo", user(STORY), options={"num_predict": 5})
        self.assertEqual((short.done_reason, short.eval_count), ("length", 5))
        self.assertTrue(story.startswith(short.message.content or "?"))
        stopped = self.client.chat("demo", user(STORY), options={"stop": ["engine"]})
        self.assertEqual(stopped.done_reason, "stop")
        self.assertEqual(stopped.message.content, story[: story.index("engine")])

    def test_a_stop_text_is_never_streamed(self) -> None:
        for model in self.models:
            with self.subTest(model):
                options = {"stop": ["engine who"]}
                pieces = self.client.chat(model, user(STORY), stream=True, options=options)
                text = "".join(piece.message.content or "" for piece in pieces)
                self.assertEqual(text, "Once there was a small ")

    # Forms.

    def test_json_of_any_form(self) -> None:
        asked = user(f"{SUM} Answer as JSON.")
        for model in self.models:
            with self.subTest(model):
                answer = self.client.chat(model, asked, format="json")
                self.assertEqual(json.loads(answer.message.content or ""), {"answer": 7})

    def test_json_of_a_schema(self) -> None:
        for model in self.models:
            for streams in (False, True):
                with self.subTest(model=model, streams=streams):
                    given = self.client.chat(model, user(SUM), format=SCHEMA, stream=streams)
                    pieces = list(given) if streams else [given]
                    text = "".join(piece.message.content or "" for piece in pieces)
                    self.assertEqual(json.loads(text), {"answer": 7})

    def test_no_form_in_all_its_forms(self) -> None:
        for nothing in ("", None):
            with self.subTest(nothing):
                turns = user(SUM)
                self.assert_said("7", "/api/chat", model="demo", messages=turns, format=nothing)

    # History.

    def long(self, last: str) -> list[dict[str, str]]:
        """A conversation that does not fit 256 tokens."""
        return user(*[FILLER, "lamp"] * 12, last)

    def test_history_that_does_not_fit_loses_its_oldest_messages(self) -> None:
        for model in self.models:
            with self.subTest(model):
                turns = [*user("My name is Ada.", "Hello, Ada."), *self.long(SUM)]
                answer = self.post(
                    "/api/chat", model=f"{model}-small", messages=turns, stream=False
                )
                self.assertEqual(answer.status, 200, answer.text)
                reply = answer.json
                # The rest of the window holds less than the next two messages would take.
                self.assertGreater(reply["prompt_eval_count"], 256 - 80)
                self.assertLessEqual(reply["prompt_eval_count"], 256)
                self.assertGreater(reply["truncated_messages"], 0)
                self.assertLess(reply["truncated_messages"], len(turns) - 1)

    def test_system_and_last_messages_stay(self) -> None:
        for model in self.models:
            with self.subTest(model):
                # So long that little beside them has room.
                turns = [PAT, *user(*[FILLER * 6, "lamp"] * 3, NAME)]
                self.assert_said(
                    "My name is Pat.", "/api/chat", model=f"{model}-small", messages=turns
                )

    def test_history_that_must_not_be_cut_is_refused(self) -> None:
        for model in self.models:
            for streams in (False, True):
                with self.subTest(model=model, streams=streams):
                    answer = self.post(
                        "/api/chat",
                        model=f"{model}-small",
                        messages=self.long(SUM),
                        truncate=False,
                        stream=streams,
                    )
                    self.assertEqual(answer.status, 400)
                    self.assertIn("context", answer.json["error"])

    # Log probabilities.

    def test_log_probabilities_of_each_token(self) -> None:
        for model in self.models:
            with self.subTest(model):
                reply = self.assert_said(
                    "7", "/api/chat", model=model, messages=user(SUM), logprobs=True, top_logprobs=3
                )
                first = reply["logprobs"][0]
                self.assertEqual((first["token"], first["bytes"]), ("7", [55]))
                self.assertLessEqual(first["logprob"], 0)
                values = [each["logprob"] for each in first["top_logprobs"]]
                self.assertEqual(len(values), 3)
                self.assertEqual(values, sorted(values, reverse=True))

    def test_as_many_log_probabilities_as_tokens(self) -> None:
        for model in self.models:
            with self.subTest(model):
                answer = self.client.chat(model, user(SUM), logprobs=True, top_logprobs=1)
                self.assertEqual(len(answer.logprobs or []), answer.eval_count)

    def test_log_probabilities_without_alternatives(self) -> None:
        for model in self.models:
            with self.subTest(model):
                answer = self.client.chat(model, user(SUM), logprobs=True)
                first = (answer.logprobs or [])[:1]
                self.assertEqual([each.token for each in first], ["7"])
                self.assertFalse(any(each.top_logprobs for each in first))

    def test_each_piece_of_a_stream_has_its_own_log_probabilities(self) -> None:
        for model in self.models:
            with self.subTest(model):
                pieces = self.client.chat(
                    model, user(STORY), stream=True, logprobs=True, options={"num_predict": 12}
                )
                for piece in list(pieces)[:-1]:
                    tokens = "".join(each.token for each in piece.logprobs or [])
                    self.assertEqual(tokens, piece.message.content)
