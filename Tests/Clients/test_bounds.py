"""Requests that are larger, smaller or more than anybody means."""

import contextlib
import json

from case import ENDLESS, STORY, SUM, LanguageTest, user
from installation import eventually
from store import Store


class BoundsTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")

    def test_ten_thousand_messages(self) -> None:
        turns = user(*["Hello.", "Hello!"] * 4_999, "Hello.", SUM)
        turns[-1]["role"] = "user"
        # What the demo model makes of a hundred greetings is its own affair.
        answer = self.post("/api/chat", model="demo", messages=turns, stream=False)
        self.assertEqual(answer.status, 200, answer.text)
        self.assertGreater(answer.json["truncated_messages"], 9_000)
        answer = self.post("/api/chat", model="demo", messages=turns, truncate=False)
        self.assertEqual((answer.status, answer.json["code"]), (400, "context_exceeded"))

    def test_contexts_that_nobody_has_memory_for(self) -> None:
        # Never more than the model was trained for, so all are the same engine.
        for size in (10**6, 2**31, 2**62):
            self.assert_said("7", "/api/generate", model="demo", prompt=SUM,
                             options={"num_ctx": size})
        self.assertEqual(len(self.baton.residencies("demo:latest")), 1)
        answer = self.post("/api/generate", model="demo", prompt=SUM, options={"num_ctx": 2**70})
        self.assertEqual(answer.status, 400)

    def test_sizes_below_zero(self) -> None:
        for options in (
            {"num_ctx": -5}, {"num_batch": -1}, {"num_thread": -3}, {"num_gpu": -7},
            {"num_keep": -1}, {"repeat_last_n": -1}, {"num_predict": -100}, {"top_k": -4},
        ):
            with self.subTest(options):
                members = {"model": "demo", "prompt": SUM, "stream": False, "options": options}
                answer = self.post("/api/generate", **members)
                self.assertIn(answer.status, (200, 400), answer.text)
                if answer.status == 400:
                    self.assertTrue(answer.json["error"])

    def test_roles_that_nobody_knows_are_the_templates_affair(self) -> None:
        for role in ("", "wizard", "<|end|>"):
            turns = [{"role": role, "content": "Hello."}, *user(SUM)]
            self.assert_said("7", "/api/chat", model="demo", messages=turns)


class QueueTest(LanguageTest):
    """A service that works on one request at a time and keeps none waiting."""

    language = {"server": {"max_requests": 1}}

    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")

    def test_more_than_there_is_room_for_is_told_when_to_come_back(self) -> None:
        asking = {"model": "demo", "prompt": STORY, "options": ENDLESS}
        with self.stream("/api/generate", **asking) as stream:
            stream.readline()
            with contextlib.closing(self.baton.connection()) as connection:
                connection.request("POST", "/api/generate", json.dumps({"model": "demo"}))
                answer = connection.getresponse()
                content = json.loads(answer.read())
            self.assertEqual(answer.status, 503)
            self.assertGreater(int(answer.headers["Retry-After"]), 0)
            self.assertTrue(content["error"])
        eventually("no turn", lambda: not self.baton.busy_tickets(), limit=3)
        self.assert_said("7", "/api/generate", model="demo", prompt=SUM)
