"""Calls of tools and thoughts, which a grammar has the demo model write."""

from typing import Any

from case import SUM, THINKING, TOOLS, LanguageTest, user
from store import Store


def tool(name: str) -> dict[str, Any]:
    """A tool that takes two numbers."""
    numbers = {"b": {"type": "integer"}, "a": {"type": ["integer", "null"]}}
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": "Takes <two> numbers.",
            "parameters": {"type": "object", "required": ["b"], "properties": numbers},
        },
    }


def saying(text: str) -> dict[str, str]:
    """Options that have the model write exactly this."""
    written = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return {"grammar": f'root ::= "{written}"'}


ADD = '{"name": "add", "parameters": {"b": 1, "a": 2}}'


class ToolsTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("tools", template=TOOLS)
        tagged = TOOLS.replace("{{ range .ToolCalls }}", "<call>{{ range .ToolCalls }}")
        store.add("tagged", template=tagged)

    def ask(self, text: str, *names: str, model: str = "tools", **more: Any) -> Any:
        """The message of an answer with this text."""
        tools = [tool(name) for name in names or ("add",)]
        answer = self.client.chat(model, user(SUM), tools=tools, options=saying(text), **more)
        return answer

    def test_a_call_is_no_text(self) -> None:
        answer = self.ask(ADD)
        self.assertEqual(answer.message.content, "")
        (call,) = answer.message.tool_calls
        self.assertEqual(call.function.name, "add")
        self.assertEqual(list(call.function.arguments.items()), [("b", 1), ("a", 2)])
        self.assertEqual(answer.done_reason, "stop")

    def test_a_call_has_a_name_and_a_number(self) -> None:
        reply = self.post(
            "/api/chat", model="tools", messages=user(SUM), tools=[tool("add")],
            options=saying(f"{ADD}\n{ADD}"), stream=False,
        ).json
        calls = reply["message"]["tool_calls"]
        self.assertEqual([call["function"]["index"] for call in calls], [0, 1])
        for call in calls:
            self.assertRegex(call["id"], "^call_[a-z0-9A-Z]{8}$")
        self.assertEqual(len({call["id"] for call in calls}), 2)

    def test_a_streamed_call_comes_as_its_own_piece(self) -> None:
        pieces = list(self.ask(ADD, stream=True))
        calls = [piece.message.tool_calls for piece in pieces if piece.message.tool_calls]
        self.assertEqual(len(calls), 1)
        self.assertEqual(dict(calls[0][0].function.arguments), {"b": 1, "a": 2})
        self.assertEqual("".join(piece.message.content or "" for piece in pieces), "")
        self.assertEqual((pieces[-1].done, pieces[-1].done_reason), (True, "stop"))

    def test_text_before_a_call_is_text(self) -> None:
        for streams in (False, True):
            with self.subTest(streams):
                given = self.ask(f"I add. {ADD}", stream=streams)
                pieces = list(given) if streams else [given]
                text = "".join(piece.message.content or "" for piece in pieces)
                self.assertEqual(text.strip(), "I add.")
                self.assertEqual(sum(len(piece.message.tool_calls or []) for piece in pieces), 1)

    def test_what_only_looks_like_a_call_is_text(self) -> None:
        for text in ('{"name": "subtract", "parameters": {"a": 1}}', "{a", '{"answer": 7}'):
            with self.subTest(text):
                message = self.ask(text).message
                self.assertEqual(message.content, text)
                self.assertIsNone(message.tool_calls)

    def test_a_call_behind_a_tag(self) -> None:
        message = self.ask(f"<call>{ADD}", model="tagged").message
        self.assertEqual(message.content, "")
        self.assertEqual([call.function.name for call in message.tool_calls], ["add"])
        # Without the tag it is text.
        self.assertEqual(self.ask(ADD, model="tagged").message.content, ADD)

    def test_calls_of_several_tools(self) -> None:
        second = '{"name": "multiply", "parameters": {"a": 3}}'
        message = self.ask(f"{ADD} {second}", "add", "multiply").message
        names = [call.function.name for call in message.tool_calls]
        self.assertEqual(names, ["add", "multiply"])

    def test_without_tools_there_are_no_calls(self) -> None:
        answer = self.client.chat("tools", user(SUM), options=saying(ADD))
        self.assertEqual(answer.message.content, ADD)
        self.assertIsNone(answer.message.tool_calls)

    def test_a_model_without_tools_refuses_them(self) -> None:
        answer = self.post("/api/chat", model="demo", messages=user(SUM), tools=[tool("add")])
        self.assertEqual(answer.status, 400)
        self.assertRegex(answer.json["error"], "^.*demo.* does not support tools$")

    def test_the_prompt_has_tools_and_calls_in_their_order(self) -> None:
        call = {"function": {"name": "add", "arguments": {"b": 1, "a": 2}}}
        turns = [
            *user(SUM),
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "7", "tool_name": "add"},
        ]
        answer = self.post(
            "/api/chat", model="tools", messages=turns, tools=[tool("add")],
            _debug_render_only=True,
        )
        shown = answer.json["_debug_info"]["rendered_template"]
        begin, end = shown.index('"b":{'), shown.index('"a":{')
        self.assertLess(begin, end)
        self.assertIn("two", shown)
        self.assertTrue(
            shown.endswith(
                '<|assistant|>{"name": "add", "parameters": {"b":1,"a":2}}<|end|>'
                "<|tool|>7<|end|><|assistant|>"
            ),
            shown,
        )


class ThinkingTest(LanguageTest):
    thought = saying("<think>\nI add.\n</think>\n\n7")

    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("thinker", template=THINKING)

    def test_thoughts_are_no_answer(self) -> None:
        for think in (None, True, "low", "medium", "high", "max"):
            with self.subTest(think):
                reply = self.assert_said(
                    "7", "/api/chat", model="thinker", messages=user(SUM), think=think,
                    options=self.thought,
                )
                self.assertEqual(reply["message"]["thinking"].strip(), "I add.")

    def test_thoughts_of_a_prompts_answer(self) -> None:
        answer = self.client.generate("thinker", SUM, options=self.thought)
        self.assertEqual((answer.response, (answer.thinking or "").strip()), ("7", "I add."))

    def test_thoughts_are_streamed_before_the_answer(self) -> None:
        pieces = list(
            self.client.chat("thinker", user(SUM), think=True, options=self.thought, stream=True)
        )
        thoughts = [index for index, piece in enumerate(pieces) if piece.message.thinking]
        answers = [index for index, piece in enumerate(pieces) if piece.message.content]
        self.assertGreater(len(thoughts), 1)
        self.assertLess(max(thoughts), min(answers))
        self.assertEqual("".join(pieces[index].message.content or "" for index in answers), "7")

    def test_an_answer_without_thoughts(self) -> None:
        reply = self.assert_said(
            "7", "/api/chat", model="thinker", messages=user(SUM), think=True
        )
        self.assertNotIn("thinking", reply["message"])

    def test_thoughts_that_do_not_end(self) -> None:
        answer = self.client.chat("thinker", user(SUM), options=saying("<think>I add."))
        self.assertEqual((answer.message.content, answer.message.thinking), ("", "I add."))

    def test_earlier_thoughts_are_in_the_prompt(self) -> None:
        turns = [*user(SUM), {"role": "assistant", "content": "7", "thinking": "I add."}]
        answer = self.post(
            "/api/chat", model="thinker", messages=[*turns, *user("Hello.")],
            _debug_render_only=True,
        )
        shown = answer.json["_debug_info"]["rendered_template"]
        self.assertIn("<|assistant|><think>I add.</think>7<|end|>", shown)

    def test_a_model_that_does_not_think(self) -> None:
        error = '"demo" does not support thinking'
        for think in (True, "high"):
            self.assert_refused(
                400, error, "/api/chat", model="demo", messages=user(SUM), think=think
            )
            self.assert_refused(
                400, error, "/api/generate", model="demo", prompt=SUM, think=think
            )
        self.assert_said("7", "/api/chat", model="demo", messages=user(SUM), think=False)
        self.assert_said("7", "/api/generate", model="demo", prompt=SUM, think=False)
