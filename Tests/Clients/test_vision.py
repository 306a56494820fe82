"""The vision service: conversations about pictures, and questions about many of them."""

import json
import os
import re
import signal
import struct
import zlib

from case import user
from installation import eventually
from test_images import COLOURS, WHICH, png
from vision_case import (
    ANALYZE, CHAT, DEMO, DOCUMENTED, WHICH_PART, VisionTest, coloured, image, text, turn, uri,
)

SCHEMA = {
    "type": "object", "properties": {"colour": {"enum": ["red", "blue"]}},
    "required": ["colour"], "additionalProperties": False,
}


class DocumentedTest(VisionTest):
    """The requests that the documents of the reference system show."""

    def test_both_spellings_of_the_picture(self) -> None:
        for part in (
            {"type": "image_url", "image_url": {"url": coloured("red")}},
            {"type": "image", "image_url": {"url": coloured("red")}},
        ):
            for parts in ([part, WHICH_PART], [WHICH_PART, part]):
                answer = self.post(
                    CHAT, model=DOCUMENTED, messages=[turn(*parts)], temperature=0.7,
                    max_tokens=200, top_p=0.9, seed=42, stream=False,
                )
                self.assertEqual(answer.status, 200, answer.text)
                self.assertEqual(answer.json["choices"][0]["message"]["content"], "red")

    def test_the_members_of_the_answer(self) -> None:
        answer = self.ask(WHICH_PART, image(coloured("blue")), model=DOCUMENTED)
        self.assertEqual(
            set(answer) - {"system_fingerprint"},
            {"id", "object", "created", "model", "choices", "usage", "performance"},
        )
        self.assertEqual(answer["object"], "chat.completion")
        self.assertRegex(answer["id"], "^chatcmpl-")
        # The truth, and not the name that was asked for.
        self.assertEqual(answer["model"], DEMO)
        choice = answer["choices"][0]
        self.assertEqual((choice["index"], choice["finish_reason"]), (0, "stop"))
        self.assertEqual(choice["message"]["role"], "assistant")
        for name in ("inference_time_ms", "load_time_ms", "prepare_time_ms", "total_time_ms"):
            self.assertIsInstance(answer["performance"][name], int)

    def test_analyze(self) -> None:
        words = ("red", "green", "blue")
        answer = self.post(
            ANALYZE, images=[coloured(word) for word in words], prompt=WHICH, temperature=0.7,
            max_tokens=200, return_individual_results=True,
        )
        self.assertEqual(answer.status, 200, answer.text)
        results = answer.json["results"]
        self.assertEqual([result["analysis"] for result in results], list(words))
        for word, result in zip(words, results):
            self.assertEqual(result["image_url"], coloured(word)[:100] + "...")
        self.assertIsInstance(answer.json["total_inference_time_ms"], int)

    def test_models_and_health(self) -> None:
        models = self.get("/v1/models")
        self.assertEqual(models["object"], "list")
        (model,) = models["data"]
        self.assertEqual((model["id"], model["object"]), (DEMO, "model"))
        self.assertGreater(model["created"], 1_700_000_000)
        self.assertTrue(model["owned_by"])
        for name in (DEMO, "demo-vision", DOCUMENTED):
            self.assertEqual(self.get(f"/v1/models/{name}"), model)
        health = self.get("/health")
        self.assertEqual((health["status"], health["model"]), ("ok", "demo-vision"))
        self.assertIsInstance(health["uptime_seconds"], float)
        # It is loaded before the service says that it is ready.
        self.assertIs(health["model_loaded"], True)
        self.assertEqual(health["device"], "cpu")
        self.assertGreater(health["memory_usage_mb"], 0)
        self.assertEqual(self.get("/health/ready"), {"ready": True})

    def test_it_says_that_it_is_a_demo(self) -> None:
        self.assertIn("demo that knows nothing but colours", self.baton.log())


class FormsTest(VisionTest):
    """Every form in which clients send pictures."""

    def test_every_form_of_part(self) -> None:
        whole = coloured("green")
        bare = whole.partition(",")[2]
        for url in (whole, bare, whole.replace("image/png", "")):
            for part in (
                {"type": "image_url", "image_url": url},
                {"type": "image_url", "image_url": {"url": url, "detail": "auto"}},
                {"type": "image", "image": url},
                {"type": "image", "data": url},
                {"type": "image", "source": url},
                {"type": "image", "image_url": url},
                {"type": "image", "image_url": {"url": url}},
                {"type": "image", "source": {"type": "base64", "data": url}},
                {"type": "input_image", "image_url": url},
                {"type": "input_image", "image_url": {"url": url}, "detail": "high"},
            ):
                with self.subTest(str(part)[:60]):
                    self.assert_said("green", part, WHICH_PART)

    def test_input_text(self) -> None:
        self.assert_said(
            "red", {"type": "input_text", "text": WHICH}, image(coloured("red"))
        )

    def test_colours_are_the_right_way_round(self) -> None:
        for word in COLOURS:
            self.assert_said(word, image(coloured(word)), WHICH_PART)

    def test_edges_are_not_cut_off(self) -> None:
        # The middle third is white, the rest is red: cut to a square it would be all white.
        rows = [COLOURS["red"]] * 448 + [COLOURS["white"]] * 448 + [COLOURS["red"]] * 448
        self.assert_said("red", image(uri(striped(rows, 448))), WHICH_PART)

    def test_large_pictures_are_made_smaller(self) -> None:
        small = self.assert_said("blue", image(coloured("blue", 1000, 1000)), WHICH_PART)
        large = self.assert_said("blue", image(coloured("blue", 2800, 2800)), WHICH_PART)
        self.assertEqual(large["usage"], {**small["usage"], **cached(large)})
        part = {"type": "image_url", "image_url": {"url": coloured("blue", 1000, 1000),
                                                   "detail": "low"}}
        low = self.assert_said("blue", part, WHICH_PART)
        self.assertLess(low["usage"]["prompt_tokens"], small["usage"]["prompt_tokens"])

    def test_tiny_and_thin_pictures(self) -> None:
        for size in ((1, 1), (1, 300), (300, 1), (2, 2), (2000, 3)):
            with self.subTest(size):
                answer = self.ask(image(coloured("red", *size)), WHICH_PART)
                self.assertEqual(answer["choices"][0]["finish_reason"], "stop")


class ConversationTest(VisionTest):
    def test_several_pictures_of_one_turn(self) -> None:
        words = ("red", "blue", "white")
        pictures = [image(coloured(word)) for word in words]
        question = text("What colours are the pictures?")
        self.assert_said("red, blue, white", *pictures, question)
        self.assert_said("red, blue, white", question, *pictures)
        self.assert_said("blue", *pictures, text("What colour is the second picture?"))

    def test_history(self) -> None:
        turns = [
            turn(WHICH_PART, image(uri(png((10, 60, 15))))),
            {"role": "assistant", "content": "green"},
            turn(text("Is this picture light or dark?")),
        ]
        answer = self.ask(messages=turns)
        self.assertEqual(answer["choices"][0]["message"]["content"], "dark")
        # Another picture in a later turn is the one that is asked about.
        turns[2] = turn(image(coloured("white")), text("Is this picture light or dark?"))
        answer = self.ask(messages=turns)
        self.assertEqual(answer["choices"][0]["message"]["content"], "light")

    def test_history_and_system_reach_the_model(self) -> None:
        plain = self.ask(image(coloured("red")), WHICH_PART)["usage"]["prompt_tokens"]
        for role in ("system", "developer"):
            messages = [
                {"role": role, "content": "You are a careful observer of pictures."},
                turn(image(coloured("red")), WHICH_PART),
            ]
            answer = self.ask(messages=messages)
            self.assertGreater(answer["usage"]["prompt_tokens"], plain)
            self.assertEqual(answer["choices"][0]["message"]["content"], "red")

    def test_text_alone(self) -> None:
        self.assert_said("There is no picture.", WHICH_PART)
        answer = self.ask(messages=user(WHICH))
        self.assertEqual(answer["choices"][0]["message"]["content"], "There is no picture.")

    def test_a_picture_alone(self) -> None:
        self.assertEqual(len(self.ask(image(coloured("red")))["choices"]), 1)

    def test_usage_is_what_the_engine_counts(self) -> None:
        message = {"role": "user", "content": WHICH, "images": [png(COLOURS["red"], 448, 448)]}
        native = self.baton.client().chat("demo-vision", [message])
        usage = self.ask(image(coloured("red", 448, 448)), WHICH_PART)["usage"]
        self.assertEqual(usage["prompt_tokens"], native.prompt_eval_count)
        self.assertEqual(usage["completion_tokens"], native.eval_count)
        self.assertEqual(
            usage["total_tokens"], usage["prompt_tokens"] + usage["completion_tokens"]
        )
        small = self.ask(image(coloured("red")), WHICH_PART)["usage"]
        # A token for each square of 56 pixels.
        self.assertEqual(usage["prompt_tokens"] - small["prompt_tokens"], 64 - 16)

    def test_the_true_reason_of_the_end(self) -> None:
        parts = (image(coloured("red")), text("Describe the picture."))
        for name in ("max_tokens", "max_completion_tokens"):
            answer = self.ask(*parts, **{name: 2})
            self.assertEqual(answer["choices"][0]["finish_reason"], "length")
            self.assertEqual(answer["usage"]["completion_tokens"], 2)
        answer = self.ask(*parts, stop=" picture")
        self.assertEqual(answer["choices"][0]["finish_reason"], "stop")
        self.assertNotIn("picture", answer["choices"][0]["message"]["content"])

    def test_a_stream(self) -> None:
        wish = {
            "model": "demo-vision", "stream": True, "stream_options": {"include_usage": True},
            "messages": [turn(image(coloured("green")), text("Describe the picture."))],
        }
        chunks = list(self.openai.chat.completions.create(**wish))
        said = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        whole = self.ask(image(coloured("green")), text("Describe the picture."))
        self.assertEqual(said, whole["choices"][0]["message"]["content"])
        self.assertGreater(len(chunks), 3)
        self.assertEqual(chunks[-2].choices[0].finish_reason, "stop")
        self.assertEqual(chunks[-1].usage.total_tokens, whole["usage"]["total_tokens"])
        answer, _ = self.send("POST", CHAT, json.dumps(wish))
        self.assertEqual((answer.status, answer.kind), (200, "text/event-stream"))
        events = [event.removeprefix("data: ") for event in answer.text.strip().split("\n\n")]
        self.assertEqual(events[-1], "[DONE]")
        end = json.loads(events[-3])
        self.assertEqual(end["choices"][0]["finish_reason"], "stop")
        self.assertIsInstance(end["performance"]["inference_time_ms"], int)

    def test_a_schema_holds_the_answer(self) -> None:
        form = {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}}
        answer = self.ask(image(coloured("red")), WHICH_PART, response_format=form)
        said = json.loads(answer["choices"][0]["message"]["content"])
        self.assertIn(said["colour"], ("red", "blue"))

    def test_sampling_has_its_effect(self) -> None:
        parts = (image(coloured("red")), text("Describe the picture."))

        def said(**more: object) -> list[str]:
            answer = self.ask(*parts, temperature=2, top_p=1, max_tokens=20, **more,
                              options={"top_k": 0})
            return [choice["message"]["content"] for choice in answer["choices"]]

        self.assertEqual(said(seed=5), said(seed=5))
        several = said(seed=5, n=4)
        self.assertEqual(several[0], said(seed=5)[0])
        self.assertGreater(len(set(several)), 1)
        # One token alone is considered, however hot.
        cold = self.ask(*parts, temperature=2, options={"top_k": 1})
        self.assertEqual(
            cold["choices"][0]["message"]["content"],
            self.ask(*parts, temperature=0)["choices"][0]["message"]["content"],
        )
        answer = self.ask(*parts, logprobs=True, top_logprobs=2)
        self.assertEqual(len(answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]), 2)

    def test_the_strict_client(self) -> None:
        answer = self.openai.chat.completions.create(
            model=DOCUMENTED, messages=[turn(WHICH_PART, image(coloured("black")))], max_tokens=20
        )
        self.assertEqual(answer.choices[0].message.content, "black")

    def logged(self, request: str) -> str:
        """What the log tells of a request, which the client may be told the end of before."""

        def look() -> str | None:
            return next((line for line in self.baton.log().splitlines() if request in line), None)

        return eventually("a line of the log", look)

    def test_times_and_log(self) -> None:
        wish = {"model": "demo-vision",
                "messages": [turn(WHICH_PART, image(coloured("blue", 1280, 960)))]}
        _, fields = self.send("POST", CHAT, json.dumps(wish), {"X-Request-Id": "seen-once"})
        self.assertEqual(fields["X-Request-Id"], "seen-once")
        names = re.findall(r"(\w+);dur=[0-9.]+", fields["Server-Timing"])
        for name in ("decode", "resize", "queue", "load", "prompt", "eval"):
            self.assertIn(name, names)
        line = self.logged("seen-once")
        for word in (
            "images=1", "image_size=1280x960>1154x866", "prompt_tokens=", "tokens=", "load", "eval",
        ):
            self.assertIn(word, line)

    def test_the_log_tells_times_of_streams_too(self) -> None:
        wish = {"model": "demo-vision", "messages": [turn(WHICH_PART)], "stream": True}
        self.send("POST", CHAT, json.dumps(wish), {"X-Request-Id": "streamed-once"})
        line = self.logged("streamed-once")
        for name in ("prompt_ms", "eval_ms"):
            self.assertGreater(float(re.search(rf" {name}=([0-9.]+)", line)[1]), 0)

    def test_the_engine_is_lost_and_comes_back(self) -> None:
        self.ask(WHICH_PART)
        models = self.baton.status()["models"]
        for engine in [model["pid"] for model in models if "pid" in model]:
            os.kill(engine, signal.SIGKILL)

        def answered() -> bool:
            answer = self.post(CHAT, model="demo-vision",
                               messages=[turn(WHICH_PART, image(coloured("red")))])
            self.assertIn(answer.status, (200, 503), answer.text)
            return answer.status == 200

        eventually("an answer", answered)


class AnalyzeTest(VisionTest):
    vision = {"limits": {"max_batch_images": 5, "max_images": 3}}

    def test_each_picture_has_its_own_error(self) -> None:
        answer = self.post(
            ANALYZE, prompt=WHICH,
            images=[coloured("red"), "data:image/png;base64,aGVsbG8=", "file:///etc/passwd", 7,
                    {"url": coloured("blue")}],
        )
        self.assertEqual(answer.status, 200, answer.text)
        results = answer.json["results"]
        self.assertEqual([r["analysis"] for r in results], ["red", None, None, None, "blue"])
        codes = [r["error"]["code"] for r in results if "error" in r]
        self.assertEqual(codes, ["unsupported_image", "invalid_image", "invalid_request"])
        self.assertEqual(answer.json["failed"], 3)

    def test_without_any_good_picture(self) -> None:
        answer = self.post(ANALYZE, prompt=WHICH, images=["data:image/png;base64,aGVsbG8="])
        self.assert_refused(400, "unsupported_image", answer)
        self.assertEqual(answer.json["results"][0]["analysis"], None)

    def test_all_at_once(self) -> None:
        answer = self.post(
            ANALYZE, prompt="What colours are the pictures?", return_individual_results=False,
            images=[coloured("red"), coloured("white")],
        )
        self.assertEqual(answer.status, 200, answer.text)
        (result,) = answer.json["results"]
        self.assertEqual(result["analysis"], "red, white")
        self.assertEqual(len(result["image_urls"]), 2)
        bad = self.post(
            ANALYZE, prompt=WHICH, return_individual_results=False,
            images=[coloured("red"), "data:image/png;base64,aGVsbG8="],
        )
        self.assert_refused(400, "unsupported_image", bad)

    def test_members_of_chats(self) -> None:
        answer = self.post(
            ANALYZE, images=[coloured("red")], prompt="Describe the picture.", max_tokens=2,
            system="Be short.", model=DOCUMENTED,
        )
        self.assertEqual(answer.json["results"][0]["finish_reason"], "length")
        self.assertEqual(answer.json["usage"]["completion_tokens"], 2)
        self.assertEqual(answer.json["model"], DEMO)

    def test_what_makes_no_sense(self) -> None:
        picture = coloured("red")
        for members in (
            {"prompt": WHICH}, {"images": [], "prompt": WHICH}, {"images": [picture]},
            {"images": "x", "prompt": WHICH}, {"images": [picture], "prompt": 7},
            {"images": [picture], "prompt": WHICH, "stream": True},
            {"images": [picture], "prompt": WHICH, "n": 2},
            {"images": [picture] * 6, "prompt": WHICH},
            {"images": [picture] * 4, "prompt": WHICH, "return_individual_results": False},
            {"images": [picture], "prompt": WHICH, "return_individual_results": "yes"},
        ):
            with self.subTest(str(members)[:60]):
                self.assert_refused(400, "invalid_request", self.post(ANALYZE, **members))


class SettingsTest(VisionTest):
    """What the file says counts, and models go when nobody needs them."""

    vision = {
        "model": {"name": "eyes", "preload": False, "keep_alive": "0", "aliases": ["gpt-4o"]},
        "generation": {"max_tokens": 1},
        "limits": {"max_new_tokens": 9},
    }

    @classmethod
    def fill(cls, store) -> None:
        store.add_vision("eyes")
        store.add_vision("others")

    def test_the_model_is_there_on_demand(self) -> None:
        self.assertIs(self.get("/health")["model_loaded"], False)
        self.assert_said("red", image(coloured("red")), WHICH_PART, model="gpt-4o")
        eventually("no engine", lambda: not self.baton.residencies("eyes:latest"))

    def test_models(self) -> None:
        names = [model["id"] for model in self.get("/v1/models")["data"]]
        self.assertEqual(names, ["eyes:latest", "others:latest"])
        answer = self.ask(image(coloured("red")), WHICH_PART, model="others")
        self.assertEqual(answer["model"], "others:latest")

    def test_limits_of_tokens(self) -> None:
        parts = (image(coloured("red")), text("Describe the picture."))
        answer = self.ask(*parts, model="eyes", max_tokens=9)
        self.assertLessEqual(answer["usage"]["completion_tokens"], 9)
        self.refuse(400, "invalid_request", *parts, model="eyes", max_tokens=10)
        answer = self.ask(*parts, model="eyes")
        self.assertEqual(answer["usage"]["completion_tokens"], 1)


def striped(rows: list[tuple[int, int, int]], height: int) -> bytes:
    """A picture whose columns have these colours."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", len(rows), height, 8, 2, 0, 0, 0)
    line = b"\0" + b"".join(bytes(colour) for colour in rows)
    pixels = zlib.compress(line * height)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def cached(answer: dict) -> dict:
    """The part of the usage that depends on what was asked before."""
    return {"prompt_tokens_details": answer["usage"]["prompt_tokens_details"]}
