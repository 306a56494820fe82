"""Clients that leave, engines that die, and turns that come too late."""

import concurrent.futures
import json
import os
import signal
import time
from typing import Any

import ollama
from case import ENDLESS, PLAIN, STORY, SUM, LanguageTest, user
from installation import Installation, eventually
from store import Store

SCHEMA = {"type": "object", "properties": {"a": {"type": "string", "minLength": 400}}}
WAYS = {
    "chat, template of the file": ("/api/chat", "demo"),
    "chat, template of its own": ("/api/chat", "plain"),
    "generate, template of the file": ("/api/generate", "demo"),
    "generate, template of its own": ("/api/generate", "plain"),
}


def asked(path: str, text: str) -> dict[str, Any]:
    """The members of a request that ask this."""
    return {"messages": user(text)} if path == "/api/chat" else {"prompt": text}


def said(lines: list[dict[str, Any]]) -> str:
    """The text of all lines."""
    return "".join(
        line["message"]["content"] if "message" in line else line.get("response", "")
        for line in lines
    )


class EnginesTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("plain", template=PLAIN)
        # The same file, started in another way: an engine of its own.
        store.add("other", parameters={"num_ctx": 600})

    def engine(self) -> int:
        """The process of the only engine."""
        pids = [model["pid"] for model in self.baton.status()["models"] if "pid" in model]
        self.assertEqual(len(pids), 1)
        return pids[0]

    def lines_around_a_kill(self, path: str, model: str, **members: Any) -> list[dict[str, Any]]:
        """A stream's lines; its engine is killed as soon as there is a first one."""
        # Loaded before, and the only one.
        for loaded in self.client.ps().models:
            self.client.generate(loaded.model, keep_alive=0)
        members = {"model": model, "keep_alive": "5m", **members}
        self.post(path, model=model, **asked(path, SUM))
        engine = self.engine()
        with self.stream(path, **members) as stream:
            lines = [json.loads(stream.readline())]
            os.kill(engine, signal.SIGKILL)
            lines += [json.loads(line) for line in stream]
        self.assertNotEqual(self.engine_or_none(), engine)
        return lines

    def engine_or_none(self) -> int | None:
        """The process of an engine, when there is one."""
        models = self.baton.status()["models"]
        return next((model["pid"] for model in models if "pid" in model), None)

    def test_a_story_goes_on_when_its_engine_is_killed(self) -> None:
        for way, (path, model) in WAYS.items():
            with self.subTest(way):
                story = said(self.post(path, model=model, **asked(path, STORY)).lines)
                lines = self.lines_around_a_kill(path, model, **asked(path, STORY))
                last = lines[-1]
                self.assertNotIn("error", last)
                self.assertEqual(said(lines), story)
                self.assertEqual((last["done"], last["done_reason"]), (True, "stop"))
                self.assertEqual(last["resumed"], 1)

    def test_the_figures_of_a_resumed_story_are_those_of_the_whole(self) -> None:
        for way, (path, model) in WAYS.items():
            with self.subTest(way):
                whole = self.post(path, model=model, **asked(path, STORY), stream=False).json
                last = self.lines_around_a_kill(path, model, **asked(path, STORY))[-1]
                self.assertAlmostEqual(last["eval_count"], whole["eval_count"], delta=1)
                if path == "/api/generate":
                    self.assertEqual(last["context"], whole["context"])

    def check_broken_off(self, lines: list[dict[str, Any]]) -> None:
        """The stream ends in one line that tells an error."""
        *before, last = lines
        self.assertTrue(all("error" not in line for line in before))
        self.assertIn("error", last)
        self.assertIsInstance(last["error"], str)
        self.assertNotIn("done", last)

    def test_a_schema_does_not_go_on(self) -> None:
        for way, (path, model) in WAYS.items():
            with self.subTest(way):
                self.check_broken_off(
                    self.lines_around_a_kill(path, model, **asked(path, STORY), format=SCHEMA)
                )

    def test_a_grammar_does_not_go_on(self) -> None:
        # Begun anew, it would have a second bracket.
        options = {"grammar": 'root ::= "<" [a-z ]+', "num_predict": 200}
        for way, (path, model) in WAYS.items():
            with self.subTest(way):
                self.check_broken_off(
                    self.lines_around_a_kill(path, model, **asked(path, STORY), options=options)
                )

    def test_log_probabilities_do_not_go_on(self) -> None:
        self.check_broken_off(
            self.lines_around_a_kill("/api/chat", "plain", messages=user(STORY), logprobs=True)
        )

    def test_the_package_raises_what_the_stream_tells(self) -> None:
        self.client.generate("demo", keep_alive=0)
        self.client.generate("demo", SUM)
        engine = self.engine()
        stream = self.client.chat("demo", user(STORY), format=SCHEMA, stream=True)
        next(stream)
        os.kill(engine, signal.SIGKILL)
        with self.assertRaises(ollama.ResponseError):
            for _ in stream:
                pass

    def test_a_client_that_leaves_frees_its_turn(self) -> None:
        for way, (path, model) in WAYS.items():
            with self.subTest(way):
                with self.stream(path, model=model, **asked(path, STORY), options=ENDLESS) as all:
                    all.readline()
                    self.assertEqual(len(self.baton.busy_tickets()), 1)
                eventually("no turn", lambda: not self.baton.busy_tickets(), limit=3)
                self.assert_said("7", path, model=model, **asked(path, SUM))

    def test_a_client_that_waits_for_the_whole_and_leaves_frees_its_turn(self) -> None:
        connection = self.baton.connection()
        members = {"model": "demo", "prompt": STORY, "options": ENDLESS, "stream": False}
        connection.request("POST", "/api/generate", json.dumps(members))
        eventually("a turn", lambda: self.baton.busy_tickets())
        connection.close()
        eventually("no turn", lambda: not self.baton.busy_tickets(), limit=3)

    def test_an_answer_that_was_begun_is_finished_before_the_service_ends(self) -> None:
        members = {"model": "demo", "prompt": STORY, "options": {**ENDLESS, "num_predict": 1000}}
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with Installation(self.fill) as baton:
                connection = baton.connection()
                connection.request("POST", "/api/generate", json.dumps(members))
                stream = connection.getresponse()
                stream.readline()
                rest = pool.submit(stream.read)
            last = json.loads(rest.result().splitlines()[-1])
            connection.close()
        self.assertEqual((last.get("done"), last.get("eval_count")), (True, 1000), last)

    def test_a_turn_that_comes_after_the_deadline_is_refused(self) -> None:
        body = json.dumps({"model": "demo", "prompt": SUM, "stream": False})
        asking = {"model": "demo", "prompt": STORY, "options": ENDLESS}
        with self.stream("/api/generate", **asking) as stream:
            stream.readline()
            begun = time.monotonic()
            answer = self.send("POST", "/api/generate", body, {"X-Baton-Deadline-Ms": "100"})
            self.assertLess(time.monotonic() - begun, 2)
            self.assertIn(answer.status, (503, 504))
            self.assertTrue(answer.json["error"])
        eventually("no turn", lambda: not self.baton.busy_tickets(), limit=3)
        answer = self.send("POST", "/api/generate", body, {"X-Baton-Deadline-Ms": "20000"})
        self.assertEqual((answer.status, answer.json["response"]), (200, "7"))

    def test_what_an_answer_took_is_without_the_time_in_which_it_was_stopped(self) -> None:
        models = ("demo", "other")
        for model in models:
            self.client.generate(model, SUM)

        def write(model: str) -> tuple[float, float, int]:
            begun = time.monotonic()
            last = self.client.generate(model, STORY, options=ENDLESS)
            return begun, time.monotonic(), (last.eval_duration or 0) + (last.prompt_eval_duration or 0)

        with concurrent.futures.ThreadPoolExecutor(len(models)) as pool:
            begun, ended, took = zip(*pool.map(write, models))
        # They took turns: what both say together is no longer than it lasted.
        self.assertLess(sum(took) / 1e9, 1.05 * (max(ended) - min(begun)))
        self.assertGreater(sum(took) / 1e9, 0.5 * (max(ended) - min(begun)))

    def test_many_clients_at_once_all_get_their_answers(self) -> None:
        questions = {f"What is {one} plus 4?": str(one + 4) for one in range(8)} | {
            "What is the capital of France?": "Paris", "What colour is grass?": "Green",
        }

        def ask(question: str) -> str:
            return self.client.chat("demo", user(question)).message.content or ""

        with concurrent.futures.ThreadPoolExecutor(len(questions)) as pool:
            self.assertEqual(list(pool.map(ask, questions)), list(questions.values()))
