"""OpenAI's responses, driven by its client package with strict validation of what comes back."""

import base64
import json
from typing import Any

import openai
from case import STORY, SUM, THINKING, TOOLS
from store import Store
from test_images import COLOURS, WHICH, png
from test_openai_chat import SCHEMA, OpenAITest
from test_tools import ADD, saying


def tool(name: str) -> dict[str, Any]:
    """A function as `/v1/responses` has it."""
    return {
        "type": "function", "name": name, "parameters": {
            "type": "object", "properties": {"b": {"type": "integer"}, "a": {"type": "integer"}},
            "required": ["b"],
        },
    }


class ResponsesTest(OpenAITest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("tools", template=TOOLS)
        store.add("thinker", template=THINKING)
        store.add_vision("eyes")

    def ask(self, **wish: Any) -> Any:
        return self.openai.responses.create(**{"model": "demo", "input": SUM, **wish})

    def test_an_answer(self) -> None:
        answer = self.ask()
        self.assertEqual((answer.output_text, answer.status), ("7", "completed"))
        self.assertRegex(answer.id, "^resp_")
        native = self.client.chat("demo", [{"role": "user", "content": SUM}])
        self.assertEqual(answer.usage.input_tokens, native.prompt_eval_count)
        self.assertEqual(answer.usage.output_tokens, native.eval_count)
        self.assertEqual(answer.usage.output_tokens_details.reasoning_tokens, 0)

    def test_a_stream(self) -> None:
        events = list(self.ask(stream=True))
        self.assertEqual([event.sequence_number for event in events], list(range(len(events))))
        kinds = [event.type for event in events]
        self.assertEqual(kinds[:4], [
            "response.created", "response.in_progress", "response.output_item.added",
            "response.content_part.added",
        ])
        self.assertEqual(kinds[-4:], [
            "response.output_text.done", "response.content_part.done",
            "response.output_item.done", "response.completed",
        ])
        deltas = [e.delta for e in events if e.type == "response.output_text.delta"]
        self.assertEqual("".join(deltas), "7")
        self.assertEqual(events[-1].response.output_text, "7")
        with self.openai.responses.stream(model="demo", input=SUM) as stream:
            for _ in stream:
                pass
            self.assertEqual(stream.get_final_response().output_text, "7")

    def test_instructions_and_items(self) -> None:
        answer = self.ask(instructions="Your name is Pat.", input="What is your name?")
        self.assertEqual(answer.output_text, "My name is Pat.")
        items = [
            {"role": "user", "content": [{"type": "input_text", "text": "My name is Ada."}]},
            {"type": "message", "role": "assistant", "content": "Hello, Ada."},
            {"role": "user", "content": "What is my name?"},
        ]
        self.assertEqual(self.ask(input=items).output_text, "Your name is Ada.")

    def test_going_on(self) -> None:
        first = self.ask(input="My name is Ada.", instructions="Answer as you like.")
        second = self.ask(input="What is my name?", previous_response_id=first.id)
        self.assertEqual(second.output_text, "Your name is Ada.")
        self.assertEqual(second.previous_response_id, first.id)
        for event in self.ask(
            input="What is my name?", previous_response_id=second.id, stream=True
        ):
            last = event
        self.assertEqual(last.response.output_text, "Your name is Ada.")
        third = self.ask(input="What is my name?", previous_response_id=last.response.id)
        self.assertEqual(third.output_text, "Your name is Ada.")

    def test_what_is_kept(self) -> None:
        answer = self.ask()
        self.assertEqual(self.openai.responses.retrieve(answer.id).output_text, "7")
        self.openai.responses.delete(answer.id)
        with self.assertRaises(openai.NotFoundError):
            self.openai.responses.retrieve(answer.id)
        with self.assertRaises(openai.NotFoundError):
            self.openai.responses.delete(answer.id)
        with self.assertRaises(openai.BadRequestError) as caught:
            self.ask(previous_response_id=answer.id)
        self.assertEqual(caught.exception.code, "previous_response_not_found")
        unkept = self.ask(store=False)
        with self.assertRaises(openai.NotFoundError):
            self.openai.responses.retrieve(unkept.id)

    def test_a_limit(self) -> None:
        answer = self.ask(input=STORY, max_output_tokens=5)
        self.assertEqual((answer.status, answer.usage.output_tokens), ("incomplete", 5))
        self.assertEqual(answer.incomplete_details.reason, "max_output_tokens")

    def test_a_schema(self) -> None:
        form = {"type": "json_schema", "name": "sum", "schema": SCHEMA, "strict": True}
        answer = self.ask(text={"format": form})
        self.assertIn("answer", json.loads(answer.output_text))

    def test_calls(self) -> None:
        wish = {"model": "tools", "tools": [tool("add")], "extra_body": {"options": saying(ADD)}}
        answer = self.ask(**wish)
        (call,) = answer.output
        self.assertEqual((call.type, call.name, call.arguments), (
            "function_call", "add", '{"b":1,"a":2}'
        ))
        with self.openai.responses.stream(model="tools", input=SUM, tools=[tool("add")],
                                          extra_body={"options": saying(ADD)}) as stream:
            kinds = [event.type for event in stream]
            self.assertIn("response.function_call_arguments.done", kinds)
            self.assertEqual(stream.get_final_response().output[0].arguments, '{"b":1,"a":2}')
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "7"}
        said = {"options": saying("It is 7.")}
        given = [{"role": "user", "content": SUM}, call.model_dump(exclude_none=True), result]
        for more in ({"input": given}, {"input": [result], "previous_response_id": answer.id}):
            again = self.ask(model="tools", extra_body=said, **more)
            self.assertEqual(again.output_text, "It is 7.")
        forced = self.ask(
            model="tools", tools=[tool("add"), tool("multiply")],
            tool_choice={"type": "function", "name": "multiply"},
        )
        self.assertEqual(forced.output[0].name, "multiply")

    def test_thoughts(self) -> None:
        wish = {
            "model": "thinker", "reasoning": {"effort": "low"},
            "extra_body": {"options": saying("<think>\nI add.\n</think>\n\n7")},
        }
        answer = self.ask(**wish)
        thought, message = answer.output
        self.assertEqual((thought.type, thought.summary[0].text.strip()), ("reasoning", "I add."))
        self.assertEqual(message.content[0].text, "7")
        self.assertGreater(answer.usage.output_tokens_details.reasoning_tokens, 0)
        kinds = {event.type for event in self.ask(**wish, stream=True)}
        self.assertIn("response.reasoning_summary_text.delta", kinds)
        # They come back with the next turn.
        self.ask(**{**wish, "input": "Hello.", "previous_response_id": answer.id})

    def test_pictures(self) -> None:
        picture = base64.b64encode(png(COLOURS["green"])).decode()
        parts = [
            {"type": "input_text", "text": WHICH},
            {"type": "input_image", "image_url": f"data:image/png;base64,{picture}"},
        ]
        answer = self.ask(model="eyes", input=[{"role": "user", "content": parts}])
        self.assertEqual(answer.output_text, "green")

    def test_what_is_refused(self) -> None:
        remote = {"type": "input_image", "image_url": "https://example.org/a.png"}
        for field, wish in (
            ("input", {"input": []}), ("input", {"input": 5}),
            ("input[0].role", {"input": [{"role": "nobody", "content": "x"}]}),
            ("input[0].type", {"input": [{"type": "item_reference", "id": "x"}]}),
            (
                "input[0].content[0].type",
                {"input": [{"role": "user", "content": [{"type": "input_file"}]}]},
            ),
            (
                "input[0].content[0].image_url",
                {"input": [{"role": "user", "content": [remote]}]},
            ),
            ("tools[0].type", {"tools": [{"type": "web_search"}]}),
            ("background", {"background": True}), ("conversation", {"conversation": "x"}),
            ("truncation", {"truncation": "some"}), ("include", {"include": ["everything"]}),
            ("previous_response_id", {"previous_response_id": "resp_none"}),
            ("text.format.type", {"text": {"format": {"type": "poem"}}}),
            ("max_output_tokens", {"max_output_tokens": 0}),
            ("input", {"input": "word " * 5000, "extra_body": {"options": {"num_ctx": 256}}}),
            ("text.format", {"text": {"format": {
                "type": "json_schema", "name": "x", "schema": {"type": "nonsense"}
            }}}),
        ):
            with self.subTest(wish), self.assertRaises(openai.BadRequestError) as caught:
                self.ask(**wish)
            self.assertEqual(caught.exception.param, field)
        # With leave to cut, what is too long is cut.
        self.ask(input="word " * 5000, truncation="auto", extra_body={"options": {"num_ctx": 256}})
