"""What the vision service refuses, and how it says so."""

import base64
import json

from case import user
from test_images import COLOURS, WHICH, png
from vision_case import (
    ANALYZE, CHAT, WHICH_PART, VisionTest, coloured, image, text, turn, uri,
)

TOO_MANY = png(COLOURS["red"], 2900, 2800)


class RefusalTest(VisionTest):
    vision = {"server": {"max_body_size": "40MiB"}}

    def test_bodies(self) -> None:
        for body in ("", "{", "nonsense", '{"model": "a"} x', '{"model": "a", "model": "b"}'):
            with self.subTest(body):
                answer, _ = self.send("POST", CHAT, body)
                self.assert_refused(400, "invalid_json", answer)
        for body in ("[]", "7", '"text"'):
            answer, _ = self.send("POST", CHAT, body)
            self.assertEqual(answer.status, 400, answer.text)
        self.assert_refused(404, "not_found", self.send("GET", "/v1/nothing")[0])
        self.assert_refused(405, "method_not_allowed", self.send("GET", CHAT)[0])
        answer, _ = self.send("POST", CHAT, b" " * (40 << 20) + b"x")
        self.assert_refused(413, "body_too_large", answer)

    def test_members_that_are_missing_or_wrong(self) -> None:
        turns = user(WHICH)
        for members in (
            {"messages": turns}, {"model": "", "messages": turns}, {"model": 7, "messages": turns},
            {"model": "demo-vision"}, {"model": "demo-vision", "messages": []},
            {"model": "demo-vision", "messages": {}},
            {"model": "demo-vision", "messages": ["x"]},
            {"model": "demo-vision", "messages": [{"content": "x"}]},
            {"model": "demo-vision", "messages": [{"role": "wizard", "content": "x"}]},
            {"model": "demo-vision", "messages": [{"role": "user"}]},
            {"model": "demo-vision", "messages": [{"role": "user", "content": 7}]},
        ):
            with self.subTest(str(members)[:70]):
                self.assert_refused(400, "invalid_request", self.post(CHAT, **members))

    def test_parts(self) -> None:
        picture = coloured("red")
        for part in (
            {}, {"type": 7}, {"type": "video", "video": picture}, {"type": "text"},
            {"type": "text", "text": 7}, {"type": "image"}, {"type": "image_url"},
            {"type": "image_url", "image_url": {}}, {"type": "image_url", "image_url": 7},
            {"type": "image_url", "image_url": {"url": 7}},
            {"type": "image_url", "image_url": {"url": picture, "detail": "much"}},
            {"type": "image", "image": picture, "source": picture},
            {"type": "input_image", "file_id": "x"}, {"type": "input_audio", "input_audio": {}},
        ):
            with self.subTest(str(part)[:70]):
                self.refuse(400, "invalid_request", part)
        for role in ("system", "assistant"):
            messages = [{"role": role, "content": [image(picture)]}, *user(WHICH)]
            answer = self.post(CHAT, model="demo-vision", messages=messages)
            self.assert_refused(400, "invalid_request", answer)

    def test_options_that_contradict_each_other_or_have_no_effect(self) -> None:
        for members in (
            {"max_tokens": 5, "max_completion_tokens": 6},
            {"temperature": 1, "options": {"temperature": 0}},
            {"max_tokens": 513}, {"max_tokens": 0}, {"options": {"num_predict": -1}},
            {"temperature": 3}, {"top_p": 2}, {"n": 17}, {"seed": "x"}, {"stop": 7},
            {"top_logprobs": 2}, {"stream_options": {"include_usage": True}},
            {"response_format": {"type": "xml"}},
        ):
            with self.subTest(members):
                self.refuse(400, "invalid_request", WHICH_PART, **members)
        self.refuse(400, "unsupported_parameter", WHICH_PART, functions=[])

    def test_models(self) -> None:
        self.refuse(404, "model_not_found", WHICH_PART, model="nobody")
        self.refuse(400, "unsupported_model", WHICH_PART, model="demo")
        self.assert_refused(404, "model_not_found", self.send("GET", "/v1/models/nobody")[0])
        answer = self.post(ANALYZE, images=[coloured("red")], prompt=WHICH, model="nobody")
        self.assert_refused(404, "model_not_found", answer)

    def test_what_is_no_picture(self) -> None:
        whole = png(COLOURS["red"])
        for data, code in (
            (b"hello", "unsupported_image"), (whole[:40], "invalid_image"),
            (whole[:200], "invalid_image"), (b"\xff\xd8\xff\xe0", "unsupported_image"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_image"),
            (b"%PDF-1.7", "unsupported_image"),
        ):
            with self.subTest(data[:20]):
                error = self.refuse(400, code, WHICH_PART, image(uri(data)))
                self.assertIn("messages[0].content[1]", error["message"])
        for url in (
            "", "data:image/png;base64,", "data:image/png;base64,%%%", "data:image/png,abc",
            "data:text/html;base64,aGVsbG8=", "data:", "%%%", "data:image/png;base64",
        ):
            with self.subTest(url):
                self.refuse(400, "invalid_image", WHICH_PART, image(url))
        # Nothing of it harmed anything.
        self.assert_said("red", WHICH_PART, image(coloured("red")))

    def test_more_than_eight_megapixels(self) -> None:
        error = self.refuse(400, "image_too_large", WHICH_PART, image(uri(TOO_MANY)))
        self.assertIn("2900 x 2800", error["message"])
        # The header alone decides, whatever follows it.
        self.refuse(400, "image_too_large", WHICH_PART, image(uri(TOO_MANY[:64])))
        huge = png(COLOURS["red"], 1, 1).replace(
            b"\x00\x00\x00\x01\x00\x00\x00\x01", b"\x00\x00\xff\xff\x00\x00\xff\xff", 1
        )
        answer = self.post(CHAT, model="demo-vision", messages=[turn(image(uri(huge)))])
        self.assertEqual(answer.status, 400, answer.text)

    def test_more_than_ten_megabytes(self) -> None:
        long = png(COLOURS["red"]) + b"\0" * (10 << 20)
        self.refuse(413, "image_too_large", WHICH_PART, image(uri(long)))

    def test_more_pictures_than_there_may_be(self) -> None:
        self.refuse(400, "invalid_request", *[image(coloured("red"))] * 17)

    def test_more_than_the_context(self) -> None:
        self.refuse(
            400, "context_length_exceeded", *[image(coloured("red", 1000, 1000))] * 2,
            WHICH_PART, options={"num_ctx": 512},
        )


class AddressTest(VisionTest):
    """Addresses and paths, of which nothing is ever read."""

    # Every way to say this machine, or a machine's secrets, or a file.
    ADDRESSES = (
        "http://127.0.0.1/x.png", "http://localhost:11434/", "http://169.254.169.254/latest/",
        "http://metadata.google.internal/computeMetadata/v1/", "https://10.0.0.1/", "HTTP://[::1]/",
        "http://[::ffff:127.0.0.1]/", "http://0x7f.1/", "http://2130706433/", "http://0/",
        "https://example.org/x.png", "http://user:pass@127.0.0.1/",
    )
    OTHERS = (
        "file:///etc/passwd", "file:/etc/passwd", "FILE:///etc/passwd", "ftp://127.0.0.1/x",
        "gopher://127.0.0.1:70/_x", "unix:/run/baton/device.sock", "dict://127.0.0.1:11211/",
        "jar:http://127.0.0.1!/", "ldap://127.0.0.1/", "javascript:alert(1)", "blob:x",
        "\\\\host\\share:x",
    )
    PATHS = (
        "/etc/passwd", "../../etc/passwd", "/proc/self/environ", "~/.ssh/id_rsa", "etc/passwd",
        "//127.0.0.1/x.png", "C\\x.png", "./x.png",
    )

    def test_addresses_are_not_fetched(self) -> None:
        for address in self.ADDRESSES:
            with self.subTest(address):
                self.refuse(400, "remote_images_off", WHICH_PART, image(address))

    def test_other_schemes_are_nothing(self) -> None:
        for address in self.OTHERS:
            with self.subTest(address):
                self.refuse(400, "invalid_image", WHICH_PART, image(address))

    def test_paths_are_never_opened(self) -> None:
        for path in self.PATHS:
            with self.subTest(path):
                answer = self.post(CHAT, model="demo-vision", messages=[turn(image(path))])
                self.assertEqual(answer.status, 400, answer.text)
                self.assertIn(
                    answer.json["error"]["code"], ("invalid_image", "unsupported_image")
                )
                self.assertNotIn("root:", answer.text)

    def test_analyze_reads_nothing_either(self) -> None:
        addresses = [*self.ADDRESSES, *self.OTHERS, *self.PATHS][:32]
        answer = self.post(ANALYZE, images=addresses, prompt=WHICH)
        self.assertEqual(answer.status, 400, answer.text)
        self.assertTrue(all(r["analysis"] is None for r in answer.json["results"]))


class EncodingTest(VisionTest):
    def test_line_breaks_and_url_alphabet(self) -> None:
        data = png(COLOURS["green"])
        for encoded in (
            base64.encodebytes(data).decode(), base64.urlsafe_b64encode(data).decode(),
            base64.b64encode(data).decode().rstrip("="),
        ):
            self.assert_said("green", WHICH_PART, image("data:image/png;base64," + encoded))
            self.assert_said("green", WHICH_PART, {"type": "image", "data": encoded})

    def test_escaped_in_json(self) -> None:
        body = json.dumps({
            "model": "demo-vision", "messages": [turn(text(WHICH), image(coloured("red")))],
        }).replace("/", "\\/")
        answer, _ = self.send("POST", CHAT, body)
        self.assertEqual(answer.json["choices"][0]["message"]["content"], "red")
