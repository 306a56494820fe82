"""Anthropic's messages, driven by its client package with strict validation of what comes back."""

import base64
import json
import pathlib
import tempfile
from typing import Any

import anthropic
import openai
from case import STORY, SUM, THINKING, TOOLS, LanguageTest, user
from store import Store
from test_images import COLOURS, WHICH, png
from test_tools import ADD, saying

SCHEMA = {
    "type": "object", "properties": {"b": {"type": "integer"}, "a": {"type": "integer"}},
    "required": ["b"],
}


def tool(name: str) -> dict[str, Any]:
    """A tool as Anthropic's clients describe it."""
    return {"name": name, "description": "Takes two numbers.", "input_schema": SCHEMA}


class AnthropicTest(LanguageTest):
    """Tests that ask by Anthropic's client package."""

    anthropic: anthropic.Anthropic

    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("tools", template=TOOLS)
        store.add("thinker", template=THINKING)
        store.add_vision("eyes")

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.anthropic = cls.baton.anthropic()

    def ask(self, **wish: Any) -> Any:
        """The answer to a request."""
        return self.anthropic.messages.create(**{
            "model": "demo", "max_tokens": 200, "messages": user(SUM), **wish
        })

    def collect(self, **wish: Any) -> tuple[Any, list[Any]]:
        """The message that a stream makes, and its events."""
        whole = {"model": "demo", "max_tokens": 200, "messages": user(SUM), **wish}
        with self.anthropic.messages.stream(**whole) as stream:
            events = [event for event in stream if event.type not in ("text", "thinking")]
            return stream.get_final_message(), events


class MessagesTest(AnthropicTest):
    def test_an_answer(self) -> None:
        answer = self.ask()
        self.assertEqual([(b.type, b.text) for b in answer.content], [("text", "7")])
        self.assertEqual((answer.stop_reason, answer.stop_sequence), ("end_turn", None))
        self.assertRegex(answer.id, "^msg_")
        native = self.client.chat("demo", user(SUM))
        usage = answer.usage
        self.assertEqual(
            usage.input_tokens + usage.cache_read_input_tokens, native.prompt_eval_count
        )
        self.assertEqual(usage.output_tokens, native.eval_count)

    def test_a_stream(self) -> None:
        message, events = self.collect()
        self.assertEqual(message.content[0].text, "7")
        self.assertEqual(message.stop_reason, "end_turn")
        kinds = [event.type for event in events]
        self.assertEqual(kinds[:2], ["message_start", "content_block_start"])
        self.assertEqual(kinds[-3:], ["content_block_stop", "message_delta", "message_stop"])
        plain = self.ask()
        start = events[0].message.usage
        self.assertEqual(
            start.input_tokens,
            plain.usage.input_tokens + plain.usage.cache_read_input_tokens,
        )
        self.assertEqual(
            message.usage.input_tokens + message.usage.cache_read_input_tokens,
            start.input_tokens,
        )
        self.assertEqual(message.usage.output_tokens, plain.usage.output_tokens)

    def test_system_and_blocks(self) -> None:
        text = "Your name is Pat."
        for system in (text, [{"type": "text", "text": text, "cache_control": {
            "type": "ephemeral"
        }}]):
            answer = self.ask(system=system, messages=[
                {"role": "user", "content": [{"type": "text", "text": "What is your name?"}]}
            ])
            self.assertEqual(answer.content[0].text, "My name is Pat.")

    def test_ends(self) -> None:
        answer = self.ask(messages=user(STORY), max_tokens=5)
        self.assertEqual((answer.stop_reason, answer.usage.output_tokens), ("max_tokens", 5))
        for model in ("demo", "tools"):
            options = {"options": saying("2, 3, 4, 5")} if model == "tools" else {}
            for stops, found in ((["x", ", 4"], ", 4"), (["nowhere"], None)):
                wish = {
                    "model": model, "messages": user("Count from 2 to 5."),
                    "stop_sequences": stops, "extra_body": options,
                }
                for answer in (self.ask(**wish), self.collect(**wish)[0]):
                    self.assertEqual(answer.stop_sequence, found)
                    expected = "stop_sequence" if found else "end_turn"
                    self.assertEqual(answer.stop_reason, expected)
                    said = "2, 3" if found else "2, 3, 4, 5"
                    self.assertEqual(answer.content[0].text, said)

    def test_a_schema(self) -> None:
        schema = {
            "type": "object", "properties": {"answer": {"type": "integer"}},
            "required": ["answer"], "additionalProperties": False,
        }
        answer = self.ask(output_config={"format": {"type": "json_schema", "schema": schema}})
        self.assertIn("answer", json.loads(answer.content[0].text))

    def test_tools(self) -> None:
        wish = {"model": "tools", "tools": [tool("add")], "extra_body": {"options": saying(ADD)}}
        for answer in (self.ask(**wish), self.collect(**wish)[0]):
            (block,) = answer.content
            self.assertEqual((block.type, block.name, block.input), ("tool_use", "add", {
                "b": 1, "a": 2
            }))
            self.assertEqual(list(block.input), ["b", "a"])
            self.assertEqual(answer.stop_reason, "tool_use")
        turns = [
            *user(SUM), {"role": "assistant", "content": [block.model_dump(exclude_none=True)]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": block.id, "content": "7"},
                {"type": "text", "text": "Go on."},
            ]},
        ]
        answer = self.ask(**{
            **wish, "messages": turns, "extra_body": {"options": saying("It is 7.")}
        })
        self.assertEqual(answer.content[0].text, "It is 7.")

    def test_choices_of_tools(self) -> None:
        wish = {"model": "tools", "tools": [tool("add"), tool("multiply")]}
        for choice, names in (
            ({"type": "any"}, {"add", "multiply"}),
            ({"type": "tool", "name": "multiply"}, {"multiply"}),
        ):
            answer = self.ask(**wish, tool_choice=choice)
            (block,) = answer.content
            self.assertIn(block.name, names)
        said = {"options": saying(f"{ADD}\n{ADD}")}
        for alone, count in ((False, 2), (True, 1)):
            choice = {"type": "auto", "disable_parallel_tool_use": alone}
            answer = self.ask(**wish, tool_choice=choice, extra_body=said)
            self.assertEqual(len(answer.content), count)
        answer = self.ask(**wish, tool_choice={"type": "none"}, extra_body=said)
        self.assertEqual([block.type for block in answer.content], ["text"])

    def test_thoughts(self) -> None:
        wish = {
            "model": "thinker", "thinking": {"type": "enabled", "budget_tokens": 100},
            "extra_body": {"options": saying("<think>\nI add.\n</think>\n\n7")},
        }
        message, events = self.collect(**wish)
        for answer in (self.ask(**wish), message):
            thought, text = answer.content
            self.assertEqual((thought.type, thought.thinking.strip()), ("thinking", "I add."))
            self.assertEqual((text.type, text.text), ("text", "7"))
        deltas = {event.delta.type for event in events if event.type == "content_block_delta"}
        self.assertEqual(deltas, {"thinking_delta", "signature_delta", "text_delta"})
        # Thoughts come back with the next turn.
        turns = [*user(SUM), {"role": "assistant", "content": [
            block.model_dump(exclude_none=True) for block in message.content
        ]}, *user("Hello.")]
        self.assertTrue(self.ask(**{**wish, "messages": turns}).content)
        # A model that cannot think answers all the same.
        answer = self.ask(thinking={"type": "enabled", "budget_tokens": 100})
        self.assertEqual(answer.content[0].text, "7")

    def test_pictures(self) -> None:
        picture = base64.b64encode(png(COLOURS["blue"])).decode()
        source = {"type": "base64", "media_type": "image/png", "data": picture}
        content = [{"type": "image", "source": source}, {"type": "text", "text": WHICH}]
        turns = [{"role": "user", "content": content}]
        answer = self.ask(model="eyes", messages=turns)
        self.assertEqual(answer.content[0].text, "blue")
        counted = self.anthropic.messages.count_tokens(model="eyes", messages=turns)
        usage = answer.usage
        self.assertEqual(
            counted.input_tokens, usage.input_tokens + usage.cache_read_input_tokens
        )

    def test_tokens_are_counted_as_they_are(self) -> None:
        for model, more in (
            ("demo", {"system": "Your name is Pat."}), ("tools", {"tools": [tool("add")]}),
            ("thinker", {"thinking": {"type": "enabled", "budget_tokens": 100}}), ("eyes", {}),
        ):
            with self.subTest(model):
                turns = user("My name is Ada.", "Hello, Ada.", "What is my name?")
                counted = self.anthropic.messages.count_tokens(
                    model=model, messages=turns, **more
                )
                usage = self.ask(model=model, messages=turns, max_tokens=150, **more).usage
                self.assertEqual(
                    counted.input_tokens, usage.input_tokens + usage.cache_read_input_tokens
                )

    def test_counting_with_a_template_needs_no_turn(self) -> None:
        self.client.generate("tools", keep_alive=0)
        self.client.generate("thinker", keep_alive=0)
        self.client.generate("demo", keep_alive=0)
        self.assertEqual(self.baton.residencies("tools:latest"), [])
        self.anthropic.messages.count_tokens(model="tools", messages=user(SUM))
        self.assertEqual(self.baton.residencies("tools:latest"), [])

    def test_what_is_refused(self) -> None:
        def block(**members: Any) -> list[dict[str, Any]]:
            return [{"role": "user", "content": [members]}]

        url = {"type": "url", "url": "https://example.org/a.png"}
        for wish in (
            {"max_tokens": 0}, {"max_tokens": "many"}, {"messages": []},
            {"messages": [{"role": "system", "content": "x"}]},
            {"messages": [{"role": "user"}]},
            {"messages": block(type="document", source=url)},
            {"messages": block(type="image", source=url)},
            {"messages": block(type="tool_result")},
            {"messages": block()},
            {"temperature": 2}, {"stop_sequences": "x"}, {"tools": [tool("add")]},
            {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
            {"model": "tools", "tools": [{"name": "add"}]},
            {"tool_choice": {"type": "any"}},
            {"model": "tools", "tools": [tool("add")], "tool_choice": {
                "type": "tool", "name": "divide"
            }},
            {"thinking": {"type": "sometimes"}}, {"thinking": {"type": "enabled"}},
            {"thinking": {"type": "enabled", "budget_tokens": 300}},
            {"output_config": {"effort": "much"}},
            {"output_config": {"format": {"type": "json_schema", "schema": {
                "type": "nonsense"
            }}}},
            {"options": {"num_predict": 5}}, {"container": "x"},
        ):
            with self.subTest(wish):
                answer = self.post("/v1/messages", **{
                    "model": "demo", "max_tokens": 200, "messages": user(SUM), **wish
                })
                self.assertEqual(answer.status, 400, answer.text)
                body = answer.json
                self.assertEqual(body["type"], "error")
                self.assertEqual(body["error"]["type"], "invalid_request_error")
                self.assertTrue(body["error"]["message"])
                self.assertTrue(body["request_id"])

    def test_errors_have_their_classes(self) -> None:
        with self.assertRaises(anthropic.NotFoundError) as caught:
            self.ask(model="nobody")
        self.assertEqual(caught.exception.body["error"]["type"], "not_found_error")
        for status, method, path in (
            (404, "POST", "/v1/messages/nothing"), (405, "GET", "/v1/messages"),
        ):
            answer = self.send(method, path, "{}" if method == "POST" else None)
            self.assertEqual((answer.status, answer.json["type"]), (status, "error"))


class KeyTest(AnthropicTest):
    """A server that demands keys."""

    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")

    @classmethod
    def setUpClass(cls) -> None:
        cls.language = {"server": {"key_file": str(cls.key_file())}}
        super().setUpClass()

    @classmethod
    def key_file(cls) -> Any:
        """A file with one key."""
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="baton-keys-"))
        path = pathlib.Path(folder) / "keys.yaml"
        path.write_text(json.dumps({"keys": {"kitchen": {"key": "a-key-of-the-kitchen"}}}))
        path.chmod(0o600)
        return path

    def test_the_key_of_either_door(self) -> None:
        with self.baton.anthropic("a-key-of-the-kitchen") as client:
            answer = client.messages.create(model="demo", max_tokens=9, messages=user(SUM))
            self.assertEqual(answer.content[0].text, "7")
        with self.baton.anthropic("another") as client:
            with self.assertRaises(anthropic.AuthenticationError) as caught:
                client.messages.create(model="demo", max_tokens=9, messages=user(SUM))
            self.assertEqual(caught.exception.body["error"]["type"], "authentication_error")
        with self.baton.openai("a-key-of-the-kitchen") as client:
            self.assertEqual(client.models.list().data[0].id, "demo:latest")
        with self.baton.openai("another") as client, self.assertRaises(openai.AuthenticationError):
            client.models.list()
