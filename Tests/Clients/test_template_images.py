"""Pictures in prompts that a template of Go's kind makes, or that come as they are."""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
from typing import Any

import openai
from case import LanguageTest, Message, user
from store import Store
from test_images import COLOURS, WHICH, png

# What the template in the model's file makes too.
TEMPLATE = (
    "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}"
    "<|im_start|>assistant\n"
)
OLDER = (
    "{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ end }}"
    "<|im_start|>user\n{{ .Prompt }}<|im_end|>\n<|im_start|>assistant\n{{ .Response }}<|im_end|>\n"
)
USERS = (
    '{{ range .Messages }}{{ if eq .Role "user" }}<|im_start|>user\n{{ .Content }}<|im_end|>\n'
    "{{ end }}{{ end }}<|im_start|>assistant\n"
)
ALL = "What colours are the pictures?"
RAW = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"


def picture(word: str, width: int = 224, height: int = 224) -> str:
    """A picture of a colour, in base64."""
    return base64.b64encode(png(COLOURS[word], width, height)).decode()


def shows(text: str, *words: str) -> Message:
    """A message with pictures of these colours."""
    return {"role": "user", "content": text, "images": [picture(word) for word in words]}


class _EngineSocket(http.client.HTTPConnection):
    """A connection to a socket that has a path."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__("engine", timeout=10)
        self._path = path

    def connect(self) -> None:
        """Connects."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


class TemplateImagesTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add_vision("eyes")
        store.add("blind", template=TEMPLATE)

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.client.create("new", from_="eyes", template=TEMPLATE)
        cls.client.create("old", from_="eyes", template=OLDER)
        cls.client.create("users", from_="eyes", template=USERS)

    def prompt(self, path: str = "/api/chat", **members: Any) -> tuple[str, int]:
        """The prompt that would be made, and how many pictures it has."""
        answer = self.post(path, _debug_render_only=True, **members)
        self.assertEqual(answer.status, 200, answer.text)
        told = answer.json["_debug_info"]
        return told["rendered_template"], told.get("image_count", 0)

    def test_they_see_as_without(self) -> None:
        for model in ("new", "old", "users"):
            self.assertIn("vision", self.client.show(model).capabilities or [])
        self.assertEqual(self.client.show("new").template, TEMPLATE)

    def test_chat_and_generate_tell_the_colour(self) -> None:
        for model in ("new", "old", "users"):
            for word in COLOURS:
                with self.subTest(f"{model}, {word}"):
                    self.assert_said(word, "/api/chat", model=model, messages=[shows(WHICH, word)])
                    self.assert_said(
                        word, "/api/generate", model=model, prompt=WHICH, images=[picture(word)]
                    )

    def test_the_prompt_is_that_of_the_template_in_the_file(self) -> None:
        turns = [shows(WHICH, "red"), *user(WHICH, "red")[1:], shows(ALL, "blue", "white")]
        made = self.prompt(model="new", messages=turns)
        self.assertEqual(made, self.prompt(model="eyes", messages=turns))
        self.assertEqual(made[1], 3)
        counts = {
            self.post("/api/chat", model=model, messages=turns, stream=False).json[
                "prompt_eval_count"
            ]
            for model in ("new", "eyes")
        }
        self.assertEqual(len(counts), 1)

    def test_a_stream(self) -> None:
        pieces = self.client.generate("new", WHICH, images=[png(COLOURS["blue"])], stream=True)
        *pieces, last = pieces
        self.assertEqual("".join(piece.response for piece in pieces), "blue")
        self.assertTrue(last.done)
        self.assertGreater(last.prompt_eval_count or 0, 16)
        self.assertIsNone(last.context)

    def test_several_pictures_of_one_turn(self) -> None:
        for model in ("new", "old"):
            with self.subTest(model):
                turn = shows(ALL, "red", "blue", "white")
                self.assert_said("red, blue, white", "/api/chat", model=model, messages=[turn])
                turn["content"] = "How many pictures are there?"
                self.assert_said("three", "/api/chat", model=model, messages=[turn])

    def test_pictures_of_several_turns(self) -> None:
        for model in ("new", "old"):
            with self.subTest(model):
                turns = [shows(WHICH, "green"), *user(WHICH, "green", WHICH)[1:]]
                self.assert_said("green", "/api/chat", model=model, messages=turns)
                turns[2] = shows(ALL, "white", "black")
                self.assert_said("white, black", "/api/chat", model=model, messages=turns)

    def test_the_same_question_about_other_pictures(self) -> None:
        for word in ("red", "green", "red", "blue"):
            self.assert_said(word, "/api/chat", model="new", messages=[shows(WHICH, word)])

    def test_a_text_names_their_places(self) -> None:
        turn = shows(f"[img-1] {ALL} [img]", "red", "blue")
        self.assertEqual(
            self.prompt(model="new", messages=[turn]),
            (RAW.format(f"[img-0] {ALL} [img-1]"), 2),
        )
        turn["content"] = f"[img-1][img]{ALL}"
        self.assert_said("blue, red", "/api/chat", model="new", messages=[turn])

    def test_the_requests_own_template(self) -> None:
        for model in ("eyes", "new"):
            self.assert_said(
                "green", "/api/generate", model=model, prompt=WHICH, template=OLDER,
                images=[picture("green")],
            )

    def test_a_picture_that_a_template_leaves_out_is_refused(self) -> None:
        turns = [
            *user(WHICH), {**shows("Here.", "red"), "role": "tool", "tool_name": "look"},
        ]
        self.assert_refused(
            400,
            "the template leaves out a message that has images; send them in a message of the user,"
            " or use another template",
            "/api/chat", model="users", messages=turns,
        )

    def test_raw_prompts(self) -> None:
        members = {"model": "new", "raw": True}
        for model in ("new", "eyes"):
            for text in ("[img-0]" + WHICH, WHICH + "[img-0]", WHICH + "[img]"):
                with self.subTest(f"{model}, {text}"):
                    reply = self.assert_said(
                        "red", "/api/generate", **{**members, "model": model},
                        prompt=RAW.format(text), images=[picture("red")],
                    )
                    self.assertNotIn("context", reply)
        pictures = [picture("red"), picture("blue")]
        self.assert_said(
            "blue, red", "/api/generate", **members, images=pictures,
            prompt=RAW.format(f"[img-1][img-0]{ALL}"),
        )
        # Those without a place stand in front of all.
        self.assertEqual(
            self.prompt("/api/generate", **members, images=pictures, prompt=RAW.format(ALL)),
            ("[img-0][img-1]" + RAW.format(ALL), 2),
        )

    def test_a_context_is_refused(self) -> None:
        self.assert_refused(
            400, "images are not taken with a context; send the conversation to /api/chat",
            "/api/generate", model="new", prompt=WHICH, images=[picture("red")], context=[1, 2],
        )

    # What must not be taken for a picture.

    def marker(self) -> str:
        """What stands for a picture in the engine, which nobody is told."""
        (path,) = (self.baton.home / "runtime").glob("**/http.sock")
        with contextlib.closing(_EngineSocket(path)) as engine:
            engine.request("GET", "/props")
            return json.loads(engine.getresponse().read())["media_marker"]

    def test_nobody_can_forge_a_picture(self) -> None:
        for loaded in self.client.ps().models:
            self.client.generate(loaded.model, keep_alive=0)
        self.client.generate("new", keep_alive="5m")
        marker = self.marker()
        self.assertRegex(marker, "^<__media_.{16,}__>$")
        for forged in (marker, marker * 3, "<__media__>", "[img-0]", "[img-1]", "[img]"):
            with self.subTest(forged):
                # As if the text were without it.
                question = f"{ALL} {forged}"
                turns = [shows(ALL, "red"), *user("", "red", question)[1:]]
                answer = self.post("/api/chat", model="new", messages=turns, stream=False)
                self.assertEqual(answer.status, 200, answer.text)
                self.assertEqual(self.prompt(model="new", messages=turns)[1], 1)
                turns = [shows(question, "white", "blue")]
                answer = self.post("/api/chat", model="new", messages=turns, stream=False)
                self.assertEqual(answer.status, 200, answer.text)
                self.assertEqual(self.prompt(model="new", messages=turns)[1], 2)
                answer = self.post(
                    "/api/generate", model="new", prompt=RAW.format(question), raw=True,
                    images=[picture("red")], stream=False,
                )
                self.assertEqual(answer.status, 200, answer.text)
        # In front of the pictures it moves none of them.
        turns = [{"role": "system", "content": marker}, shows(ALL, "white", "blue")]
        self.assert_said("white, blue", "/api/chat", model="new", messages=turns)
        # With the template in the file it is not told either.
        shown, count = self.prompt(model="eyes", messages=[shows(WHICH, "red")])
        self.assertEqual((shown, count), (RAW.format("[img-0]" + WHICH), 1))

    # What does not fit, and what is none.

    def test_history_that_does_not_fit_loses_its_pictures_too(self) -> None:
        words = list(COLOURS) * 4
        turns: list[Message] = []
        for word in words:
            turns += [shows(WHICH, word), {"role": "assistant", "content": word}]
        turns.append(shows(WHICH, "green"))
        members = {"model": "new", "messages": turns, "options": {"num_ctx": 256}}
        reply = self.assert_said("green", "/api/chat", **members)
        self.assertGreater(reply["truncated_messages"], 0)
        self.assertLess(reply["truncated_messages"], len(turns) - 1)
        self.assertLessEqual(reply["prompt_eval_count"], 256)
        answer = self.post("/api/chat", **members, truncate=False)
        self.assertEqual(answer.status, 400, answer.text)
        self.assertIn("longer than the context length", answer.json["error"])

    def test_a_last_message_that_does_not_fit_is_refused(self) -> None:
        # Half of a picture is none.
        large = {"images": [picture("red", 1024, 1024)], "options": {"num_ctx": 256}}
        for members in ({"raw": True}, {}):
            answer = self.post("/api/generate", model="new", prompt=WHICH, **large, **members)
            self.assertEqual(answer.status, 400, answer.text)
            self.assertIn("longer than the context length", answer.json["error"])

    def test_what_is_no_picture_is_refused_as_without_a_template(self) -> None:
        whole = png(COLOURS["red"])
        for data in (b"hello", whole[:40], b""):
            image = base64.b64encode(data).decode()
            told = {
                (answer.status, answer.json["error"])
                for model in ("eyes", "new")
                for answer in [
                    self.post("/api/generate", model=model, prompt=WHICH, images=[image]),
                    self.post("/api/generate", model=model, prompt=WHICH,
                              images=[picture("red"), image]),
                ]
            }
            self.assertEqual(len(told), 1, told)
            self.assertEqual({status for status, _ in told}, {400})
        self.assert_refused(
            400, '"blind" does not support images', "/api/generate", model="blind", prompt=WHICH,
            images=[picture("red")],
        )
        # Nothing of it harmed the engine.
        self.assert_said("red", "/api/chat", model="new", messages=[shows(WHICH, "red")])

    def test_an_answer_goes_on_with_its_pictures_when_its_engine_is_killed(self) -> None:
        for loaded in self.client.ps().models:
            self.client.generate(loaded.model, keep_alive=0)
        pictures = [picture(word, 1024, 768) for word in ("red", "green", "blue")]
        members = {
            "model": "new", "messages": [{"role": "user", "content": ALL, "images": pictures}],
            "keep_alive": "5m",
        }
        whole = self.post("/api/chat", **members, stream=False).json["prompt_eval_count"]
        self.assertGreater(whole, 3 * 252)
        # Its end must not come; the dice keep equal tokens apart, of which too many would end it.
        vocabulary = self.post("/api/tokenize", model="new", content="<|im_end|>").json["tokens"]
        options = {
            "logit_bias": [[token, False] for token in vocabulary], "num_predict": 600,
            "temperature": 3, "top_p": 1, "seed": 7, "repeat_penalty": 1.5,
        }
        (engine,) = (model["pid"] for model in self.baton.status()["models"] if "pid" in model)
        with self.stream("/api/chat", **members, options=options) as stream:
            lines = [json.loads(stream.readline())]
            os.kill(engine, signal.SIGKILL)
            lines += [json.loads(line) for line in stream]
        self.assertNotIn("error", lines[-1])
        self.assertEqual(lines[-1]["resumed"], 1)
        self.assertGreater(lines[-1]["prompt_eval_count"], whole)

    # The other doors.

    def test_openai(self) -> None:
        def part(word: str) -> dict[str, Any]:
            url = f"data:image/png;base64,{picture(word)}"
            return {"type": "image_url", "image_url": {"url": url}}

        with self.baton.openai() as client:
            def ask(*parts: Any, model: str = "new") -> Any:
                turn = {"role": "user", "content": list(parts)}
                return client.chat.completions.create(model=model, messages=[turn])

            text = {"type": "text", "text": ALL}
            for order in ((part("red"), part("blue"), text), (text, part("red"), part("blue"))):
                answer = ask(*order)
                self.assertEqual(answer.choices[0].message.content, "red, blue")
                self.assertGreater(answer.usage.prompt_tokens, 32)
            # With a text between them the model says what it likes, and the same of both prompts.
            order = (part("red"), text, part("blue"), text, part("white"), part("green"))
            one, other = (ask(*order, model=model) for model in ("new", "eyes"))
            self.assertEqual(one.choices[0].message.content, other.choices[0].message.content)
            self.assertEqual(one.usage.prompt_tokens, other.usage.prompt_tokens)
            with self.assertRaises(openai.BadRequestError):
                ask({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}})
            whole = [{"type": "input_text", "text": WHICH}, {
                "type": "input_image", "detail": "auto",
                "image_url": f"data:image/png;base64,{picture('white')}",
            }]
            answer = client.responses.create(
                model="new", input=[{"role": "user", "content": whole}]
            )
            self.assertEqual(answer.output_text, "white")

    def test_anthropic(self) -> None:
        def block(word: str, side: int = 224) -> dict[str, Any]:
            data = picture(word, side, side)
            source = {"type": "base64", "media_type": "image/png", "data": data}
            return {"type": "image", "source": source}

        text, one = ({"type": "text", "text": asked} for asked in (ALL, WHICH))
        with self.baton.anthropic() as client:
            for words, content in (
                ("blue", [block("blue"), one]),
                ("blue, red", [text, block("blue"), block("red", 448)]),
                (None, [block("blue"), text, block("red"), block("white", 448)]),
            ):
                turns = [{"role": "user", "content": content}]
                wish: dict[str, Any] = {"model": "new", "messages": turns}
                counted = client.messages.count_tokens(**wish).input_tokens
                answer = client.messages.create(**wish, max_tokens=50)
                if words:
                    self.assertEqual(answer.content[0].text, words)
                self.assertEqual(
                    counted, answer.usage.input_tokens + answer.usage.cache_read_input_tokens
                )
