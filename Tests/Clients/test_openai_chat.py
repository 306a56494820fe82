"""OpenAI's chat, driven by its client package with strict validation of what comes back."""

import base64
import json
from typing import Any

import jinja
import openai
from case import STORY, SUM, THINKING, TOOLS, LanguageTest, user
from store import DEMO, Store
from test_images import COLOURS, WHICH, png
from test_tools import ADD, saying, tool

SCHEMA = {
    "type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"],
    "additionalProperties": False,
}


def formed(schema: Any) -> dict[str, Any]:
    """A `response_format` with a schema."""
    return {
        "type": "json_schema",
        "json_schema": {"name": "sum", "strict": True, "schema": schema},
    }


class OpenAITest(LanguageTest):
    """Tests that ask by OpenAI's client package."""

    openai: openai.OpenAI

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.openai = cls.baton.openai()

    def refuse(self, field: str | None, **wish: Any) -> dict[str, Any]:
        """A chat is refused because of a member; the error is returned."""
        with self.assertRaises(openai.BadRequestError) as caught:
            self.openai.chat.completions.create(**{
                "model": "demo", "messages": user(SUM), **wish
            })
        error = caught.exception.body
        self.assertEqual((error["type"], error["param"]), ("invalid_request_error", field), error)
        self.assertTrue(error["message"])
        self.assertTrue(error["code"])
        return error


class OpenAIChatTest(OpenAITest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("hot", parameters={"temperature": None})

    def ask(self, **wish: Any) -> Any:
        return self.openai.chat.completions.create(**{
            "model": "demo", "messages": user(SUM), **wish
        })

    def test_an_answer(self) -> None:
        answer = self.ask()
        self.assertEqual(answer.choices[0].message.content, "7")
        self.assertEqual(answer.choices[0].finish_reason, "stop")
        self.assertRegex(answer.id, "^chatcmpl-")
        self.assertEqual((answer.object, answer.model), ("chat.completion", "demo"))
        self.assertTrue(answer.system_fingerprint)
        self.assertGreater(answer.created, 1_700_000_000)

    def test_usage_is_exact(self) -> None:
        native = self.client.chat("demo", user("What is 9 plus 4?"))
        answer = self.ask(messages=user("What is 9 plus 4?"))
        self.assertEqual(answer.usage.prompt_tokens, native.prompt_eval_count)
        self.assertEqual(answer.usage.completion_tokens, native.eval_count)
        self.assertEqual(
            answer.usage.total_tokens,
            answer.usage.prompt_tokens + answer.usage.completion_tokens,
        )
        # The same prompt again is known but for its last token.
        cached = answer.usage.prompt_tokens_details.cached_tokens
        self.assertGreater(cached, 0)
        self.assertLess(cached, answer.usage.prompt_tokens)

    def test_a_stream(self) -> None:
        chunks = list(self.ask(stream=True, stream_options={"include_usage": True}))
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        self.assertEqual(text, "7")
        self.assertEqual(chunks[-2].choices[0].finish_reason, "stop")
        self.assertEqual(chunks[-2].choices[0].delta.content, None)
        self.assertEqual(chunks[-1].choices, [])
        self.assertEqual(chunks[-1].usage.total_tokens, self.ask().usage.total_tokens)
        self.assertEqual({chunk.id for chunk in chunks}, {chunks[0].id})
        self.assertTrue(all(chunk.usage is None for chunk in chunks[:-1]))

    def test_a_stream_without_usage(self) -> None:
        answer = self.post(
            "/v1/chat/completions", model="demo", messages=user(SUM), stream=True
        )
        self.assertEqual((answer.status, answer.kind), (200, "text/event-stream"))
        events = answer.text.split("\n\n")
        self.assertEqual(events[-2:], ["data: [DONE]", ""])
        self.assertNotIn("usage", answer.text)

    def test_the_conversation(self) -> None:
        turns = user("My name is Ada.", "Hello, Ada.", "What is my name?")
        parts = [{"type": "text", "text": turns[-1]["content"]}]
        for last in (turns[-1]["content"], parts):
            messages = [*turns[:-1], {"role": "user", "content": last}]
            answer = self.ask(messages=messages)
            self.assertEqual(answer.choices[0].message.content, "Your name is Ada.")

    def test_system_and_developer(self) -> None:
        for role in ("system", "developer"):
            messages = [
                {"role": role, "content": "Your name is Pat."}, *user("What is your name?"),
            ]
            answer = self.ask(messages=messages)
            self.assertEqual(answer.choices[0].message.content, "My name is Pat.")

    def test_limits(self) -> None:
        for name in ("max_tokens", "max_completion_tokens"):
            answer = self.ask(messages=user(STORY), **{name: 5})
            self.assertEqual(answer.choices[0].finish_reason, "length")
            self.assertEqual(answer.usage.completion_tokens, 5)

    def test_stops(self) -> None:
        for stop in (", 4", [", 4", "x"]):
            answer = self.ask(messages=user("Count from 2 to 6."), stop=stop)
            self.assertEqual(answer.choices[0].message.content, "2, 3")

    def test_several_answers(self) -> None:
        answer = self.ask(n=3)
        self.assertEqual([c.message.content for c in answer.choices], ["7"] * 3)
        self.assertEqual([c.index for c in answer.choices], [0, 1, 2])
        alone = self.ask()
        self.assertEqual(answer.usage.prompt_tokens, alone.usage.prompt_tokens)
        self.assertEqual(
            answer.usage.completion_tokens, 3 * alone.usage.completion_tokens
        )
        texts = ["", "", ""]
        for chunk in self.ask(n=3, stream=True):
            texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
        self.assertEqual(texts, ["7"] * 3)

    def test_seed_and_heat(self) -> None:
        wish = {"model": "hot", "messages": user(STORY), "max_tokens": 30, "temperature": 2}

        def said(**more: Any) -> list[str]:
            answer = self.ask(**wish, **more)
            return [choice.message.content for choice in answer.choices]

        self.assertEqual(said(seed=5), said(seed=5))
        several = said(seed=5, n=2)
        self.assertEqual(several[0], said(seed=5)[0])
        self.assertNotEqual(several[0], several[1])

    def test_a_token_that_must_not_come(self) -> None:
        tokens = self.post("/api/tokenize", model="demo", content="7").json["tokens"]
        answer = self.ask(logit_bias={str(token): -100 for token in tokens}, max_tokens=5)
        self.assertNotIn("7", answer.choices[0].message.content)

    def test_probabilities(self) -> None:
        answer = self.ask(logprobs=True, top_logprobs=2)
        tokens = answer.choices[0].logprobs.content
        self.assertEqual("".join(token.token for token in tokens).strip(), "7")
        for token in tokens:
            self.assertLessEqual(token.logprob, 0)
            self.assertEqual(len(token.top_logprobs), 2)
        streamed = []
        for chunk in self.ask(logprobs=True, stream=True):
            choice = chunk.choices[0]
            streamed += choice.logprobs.content if choice.logprobs else []
        self.assertEqual([t.token for t in streamed], [t.token for t in tokens])

    def test_json(self) -> None:
        question = user("What is 3 plus 4? Answer as JSON.")
        for form in ({"type": "json_object"}, formed(SCHEMA)):
            answer = self.ask(messages=question, response_format=form)
            self.assertEqual(json.loads(answer.choices[0].message.content), {"answer": 7})
        answer = self.ask(response_format={"type": "text"})
        self.assertEqual(answer.choices[0].message.content, "7")

    def test_a_schema_holds_whatever_is_asked(self) -> None:
        words = {"type": "string", "enum": ["seven", "eight"]}
        schema = {"type": "object", "properties": {"word": words}, "required": ["word"]}
        answer = self.ask(response_format=formed(schema))
        self.assertIn(json.loads(answer.choices[0].message.content)["word"], words["enum"])

    def test_a_schema_that_can_be_no_grammar(self) -> None:
        for schema in (
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}},
            {"type": "nonsense"},
        ):
            for streams in (False, True):
                self.refuse("response_format", response_format=formed(schema), stream=streams)

    def test_extensions(self) -> None:
        answer = self.ask(
            messages=user(STORY), extra_body={"options": {"num_predict": 3}, "keep_alive": "1m"}
        )
        self.assertEqual(answer.usage.completion_tokens, 3)
        self.ask(extra_body={"options": {"num_ctx": 512}, "keep_alive": 0})
        same = {"options": {"num_predict": 3}}
        self.assertEqual(self.ask(max_tokens=3, extra_body=same).usage.completion_tokens <= 3, True)

    def test_a_prompt_that_is_too_long(self) -> None:
        error = self.refuse(
            "messages", messages=user("word " * 5000),
            extra_body={"truncate": False, "options": {"num_ctx": 256}},
        )
        self.assertEqual(error["code"], "context_length_exceeded")

    def test_what_is_refused(self) -> None:
        message = user(SUM)[0]
        call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "[1]"}}
        picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
        for field, wish in (
            ("messages", {"messages": []}),
            ("messages[0].role", {"messages": [{"role": "nobody", "content": "x"}]}),
            ("messages[0].role", {"messages": [{"content": "x"}]}),
            ("messages[0].content", {"messages": [{"role": "user"}]}),
            ("messages[0].content", {"messages": [{"role": "user", "content": 5}]}),
            (
                "messages[0].content[0].type",
                {"messages": [{"role": "user", "content": [{"type": "smell"}]}]},
            ),
            (
                "messages[0].content[0].image_url",
                {"messages": [{"role": "user", "content": [picture]}]},
            ),
            (
                "messages[1].tool_calls[0].function.arguments",
                {"messages": [message, {"role": "assistant", "tool_calls": [call]}]},
            ),
            ("messages[0].tool_call_id", {"messages": [{"role": "tool", "content": "7"}]}),
            ("temperature", {"temperature": 3}),
            ("top_p", {"top_p": "much"}),
            ("max_tokens", {"max_tokens": 0}),
            ("n", {"n": 0}),
            ("n", {"n": 17}),
            ("logit_bias", {"logit_bias": {"seven": 1}}),
            ("logit_bias.7", {"logit_bias": {"7": 101}}),
            ("stop", {"stop": 5}),
            ("stop", {"stop": ["x"] * 65}),
            ("top_logprobs", {"top_logprobs": 3}),
            ("top_logprobs", {"logprobs": True, "top_logprobs": 21}),
            ("stream_options", {"stream_options": {"include_usage": True}}),
            ("response_format.type", {"response_format": {"type": "poem"}}),
            ("reasoning_effort", {"reasoning_effort": "much"}),
            ("reasoning_effort", {"reasoning_effort": "high"}),
            ("tools", {"tools": [tool("add")]}),
            ("tools[0].type", {"tools": [{"type": "web_search"}]}),
            ("tool_choice", {"tool_choice": "required"}),
            ("store", {"store": True}),
            ("modalities", {"modalities": ["text", "audio"], "audio": None}),
            ("functions", {"functions": [{"name": "f"}]}),
            ("max_completion_tokens", {"max_tokens": 5, "max_completion_tokens": 6}),
            ("temperature", {"temperature": 1, "extra_body": {"options": {"temperature": 0}}}),
            ("options.num_ctx", {"extra_body": {"options": {"num_ctx": "large"}}}),
            ("keep_alive", {"extra_body": {"keep_alive": "soon"}}),
            ("messages", {"messages": [{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
            ]}]}),
        ):
            with self.subTest(wish):
                self.refuse(field, **wish)

    def test_what_is_not_there(self) -> None:
        with self.assertRaises(openai.NotFoundError) as caught:
            self.ask(model="nobody")
        self.assertEqual(caught.exception.code, "model_not_found")
        self.assertEqual(caught.exception.param, "model")

    def test_every_error_has_the_envelope(self) -> None:
        for status, method, path, body in (
            (404, "GET", "/v1/nothing", None),
            (405, "GET", "/v1/chat/completions", None),
            (400, "POST", "/v1/chat/completions", ""),
            (400, "POST", "/v1/chat/completions", "{"),
            (400, "POST", "/v1/chat/completions", "[]"),
            (413, "POST", "/v1/chat/completions", "x" * (3 << 20)),
        ):
            with self.subTest(path):
                answer = self.send(method, path, body)
                self.assertEqual(answer.status, status, answer.text)
                error = answer.json["error"]
                self.assertEqual(error["type"], "invalid_request_error")
                self.assertIn("param", error)
                self.assertTrue(error["code"] and error["message"])

    language = {"server": {"max_body_size": "2MiB"}}


class OpenAIToolsTest(OpenAITest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("tools", template=TOOLS)
        store.add("thinker", template=THINKING)

    def call(self, text: str | None, *names: str, **wish: Any) -> Any:
        """An answer with this text, or with what the model likes."""
        options = {"options": saying(text)} if text else {}
        return self.openai.chat.completions.create(**{
            "model": "tools", "messages": user(SUM), "extra_body": options,
            "tools": [tool(name) for name in names or ("add",)], **wish,
        })

    def test_a_call(self) -> None:
        (choice,) = self.call(ADD).choices
        self.assertEqual((choice.finish_reason, choice.message.content), ("tool_calls", None))
        (call,) = choice.message.tool_calls
        self.assertEqual((call.type, call.function.name), ("function", "add"))
        # The order of its arguments is the model's.
        self.assertEqual(call.function.arguments, '{"b":1,"a":2}')
        self.assertRegex(call.id, "^call_")

    def test_a_streamed_call(self) -> None:
        chunks = [chunk.choices[0] for chunk in self.call(ADD, stream=True)]
        calls = [call for chunk in chunks for call in chunk.delta.tool_calls or []]
        self.assertEqual([call.index for call in calls], [0])
        self.assertEqual(calls[0].function.arguments, '{"b":1,"a":2}')
        self.assertEqual(chunks[-1].finish_reason, "tool_calls")

    def test_a_call_that_must_come(self) -> None:
        for streams in (False, True):
            for choice, names in (
                ("required", {"add", "multiply"}),
                ({"type": "function", "function": {"name": "multiply"}}, {"multiply"}),
            ):
                with self.subTest(choice, streams=streams):
                    wish = {"tool_choice": choice, "max_tokens": 200, "stream": streams}
                    answer = self.call(None, "add", "multiply", **wish)
                    messages = (
                        [chunk.choices[0].delta for chunk in answer]
                        if streams else [answer.choices[0].message]
                    )
                    calls = [call for part in messages for call in part.tool_calls or []]
                    self.assertEqual(len(calls), 1)
                    self.assertIn(calls[0].function.name, names)
                    self.assertIn("b", json.loads(calls[0].function.arguments))

    def test_no_call(self) -> None:
        (choice,) = self.call(ADD, tool_choice="none").choices
        self.assertIsNone(choice.message.tool_calls)
        self.assertEqual((choice.finish_reason, choice.message.content), ("stop", ADD))

    def test_several_calls_or_one(self) -> None:
        for allowed, count in ((True, 2), (False, 1)):
            (choice,) = self.call(f"{ADD}\n{ADD}", parallel_tool_calls=allowed).choices
            self.assertEqual(len(choice.message.tool_calls), count)

    def test_the_answer_of_a_tool(self) -> None:
        (choice,) = self.call(ADD).choices
        given = choice.message.model_dump(exclude_none=True)
        messages = [
            *user(SUM), given,
            {"role": "tool", "tool_call_id": given["tool_calls"][0]["id"], "content": "7"},
        ]
        (next_choice,) = self.call("It is 7.", messages=messages).choices
        self.assertEqual(next_choice.message.content, "It is 7.")

    def test_choices_that_cannot_be(self) -> None:
        named = {"type": "function", "function": {"name": "divide"}}
        for wish in (
            {"tool_choice": named}, {"tool_choice": "sometimes"}, {"tool_choice": {"type": "x"}},
            {"tool_choice": "required", "response_format": {"type": "json_object"}},
        ):
            with self.subTest(wish):
                self.refuse("tool_choice", model="tools", tools=[tool("add")], **wish)

    def test_thoughts(self) -> None:
        thought = {"options": saying("<think>\nI add.\n</think>\n\n7")}
        for effort in ({}, {"reasoning_effort": "low"}, {"extra_body": {
            **thought, "reasoning": {"effort": "high"}
        }}):
            answer = self.openai.chat.completions.create(**{
                "model": "thinker", "messages": user(SUM), "extra_body": thought, **effort
            })
            message = answer.choices[0].message
            self.assertEqual((message.content, message.reasoning.strip()), ("7", "I add."))
        chunks = self.openai.chat.completions.create(
            model="thinker", messages=user(SUM), extra_body=thought, stream=True
        )
        thoughts = "".join(getattr(c.choices[0].delta, "reasoning", "") or "" for c in chunks)
        self.assertEqual(thoughts.strip(), "I add.")


class OpenAIEngineToolsTest(OpenAITest):
    """Tools of a model whose template is in its file, so that the engine reads its calls."""

    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("jinja", file=jinja.made_of(DEMO / "demo.gguf"))

    def call(self, *names: str, **wish: Any) -> Any:
        # What an argument is, is the model's to say: digits that are wanted and few.
        kinds = {"b": {"type": "string", "enum": ["x", "y"]}}
        parameters = {"type": "object", "properties": kinds, "required": ["b"]}
        tools = [
            {"type": "function", "function": {"name": name, "parameters": parameters}}
            for name in names
        ]
        return self.openai.chat.completions.create(**{
            "model": "jinja", "messages": user(SUM), "tools": tools, "max_tokens": 200, **wish
        })

    def test_it_says_that_it_knows_tools(self) -> None:
        self.assertIn("tools", self.client.show("jinja").capabilities or [])

    def test_a_call_that_must_come(self) -> None:
        for choice, expected in (
            ("required", {"add", "multiply"}),
            ({"type": "function", "function": {"name": "multiply"}}, {"multiply"}),
        ):
            (one,) = self.call("add", "multiply", tool_choice=choice).choices
            self.assertEqual(one.finish_reason, "tool_calls")
            for call in one.message.tool_calls:
                self.assertIn(call.function.name, expected)
                self.assertIn(json.loads(call.function.arguments)["b"], ("x", "y"))
            streamed = self.call("add", "multiply", tool_choice=choice, stream=True)
            chunks = [chunk.choices[0] for chunk in streamed]
            calls = [call for chunk in chunks for call in chunk.delta.tool_calls or []]
            self.assertEqual(
                [call.function.model_dump() for call in calls],
                [call.function.model_dump() for call in one.message.tool_calls],
            )

    def test_one_call_at_most(self) -> None:
        answer = self.call("add", tool_choice="required", parallel_tool_calls=False)
        self.assertEqual(len(answer.choices[0].message.tool_calls), 1)

    def test_no_call(self) -> None:
        for choice in ("none", "auto"):
            (one,) = self.call("add", tool_choice=choice).choices
            self.assertIsNone(one.message.tool_calls)
            self.assertEqual(one.finish_reason, "stop")

    def test_a_call_that_is_cut(self) -> None:
        for streams in (False, True):
            answer = self.call("add", tool_choice="required", max_tokens=6, stream=streams)
            last = list(answer)[-1] if streams else answer
            self.assertEqual(last.choices[0].finish_reason, "length")

    def test_the_answer_of_a_tool(self) -> None:
        (one,) = self.call("add", tool_choice="required").choices
        given = one.message.model_dump(exclude_none=True)
        results = [
            {"role": "tool", "tool_call_id": call["id"], "content": "7"}
            for call in given["tool_calls"]
        ]
        answer = self.call("add", messages=[*user(SUM), given, *results])
        self.assertTrue(answer.choices[0].message.content)

    def test_probabilities_are_not_told_beside_calls(self) -> None:
        tools = [tool("add")]
        self.refuse("logprobs", model="jinja", tools=tools, logprobs=True)

    def test_tokens_are_counted_as_they_are(self) -> None:
        described = {"name": "add", "input_schema": {"type": "object", "properties": {}}}
        wish = {"model": "jinja", "messages": user(SUM), "tools": [described]}
        with self.baton.anthropic() as client:
            counted = client.messages.count_tokens(**wish).input_tokens
            usage = client.messages.create(**wish, max_tokens=20).usage
        self.assertEqual(counted, usage.input_tokens + usage.cache_read_input_tokens)


class OpenAIPicturesTest(OpenAITest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add_vision("eyes")

    def ask(self, url: Any) -> Any:
        part = {"type": "image_url", "image_url": url}
        parts = [{"type": "text", "text": WHICH}, part]
        return self.openai.chat.completions.create(
            model="eyes", messages=[{"role": "user", "content": parts}]
        )

    def test_a_colour(self) -> None:
        for word in ("red", "blue"):
            picture = base64.b64encode(png(COLOURS[word])).decode()
            address = f"data:image/png;base64,{picture}"
            for url in ({"url": address, "detail": "low"}, address):
                answer = self.ask(url)
                self.assertEqual(answer.choices[0].message.content, word)
                self.assertGreater(answer.usage.prompt_tokens, 16)

    def test_addresses_and_what_is_no_picture_are_refused(self) -> None:
        for address in (
            "https://example.org/a.png", "file:///etc/passwd", "a.png", "data:image/png,x",
            "data:image/png;base64,AAAA", "data:image/png;base64,%%",
        ):
            with self.subTest(address), self.assertRaises(openai.BadRequestError):
                self.ask({"url": address})
