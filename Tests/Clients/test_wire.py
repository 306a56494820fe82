"""What stands on the wire: members, lines, times, and the ways around the package."""

import json
import re

from case import PLAIN, STORY, SUM, LanguageTest, user
from store import Store

MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z$"
DURATIONS = {"total_duration", "prompt_eval_duration", "eval_duration"}
COUNTS = {"prompt_eval_count", "eval_count"}
# Baton's own additions: absent where there is nothing to tell.
MORE = {"prompt_eval_cached_count", "load_duration"}


class WireTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("plain", template=PLAIN)

    def test_the_root_says_that_it_runs(self) -> None:
        answer = self.send("GET", "/")
        self.assertEqual((answer.status, answer.text), (200, "Ollama is running"))
        self.assertEqual(answer.kind, "text/plain")

    def test_head_where_clients_probe(self) -> None:
        for path in ("/", "/api/version", "/api/tags"):
            with self.subTest(path):
                answer = self.send("HEAD", path)
                self.assertEqual((answer.status, answer.text), (200, ""))

    def test_version_and_status(self) -> None:
        self.assertRegex(self.send("GET", "/api/version").json["version"], r"^\d+\.\d+\.\d+$")
        cloud = self.send("GET", "/api/status").json["cloud"]
        self.assertIn(cloud["disabled"], (True, False))
        self.assertIn(cloud["source"], ("none", "env", "config", "both"))

    def test_an_unknown_path(self) -> None:
        for path in ("/api/nothing", "/nothing"):
            answer = self.send("GET", path)
            self.assertEqual((answer.status, answer.json["code"]), (404, "not_found"))

    def test_a_wrong_verb(self) -> None:
        for method, path in (("GET", "/api/chat"), ("DELETE", "/api/tags"), ("PUT", "/api/show")):
            answer = self.send(method, path)
            self.assertEqual((answer.status, answer.json["code"]), (405, "method_not_allowed"))

    def test_pages_of_this_machine_may_ask(self) -> None:
        for origin in ("http://localhost:3000", "https://127.0.0.1", "http://0.0.0.0:1"):
            with self.subTest(origin):
                names = "content-type,authorization,x-stainless-os"
                answer = self.send("OPTIONS", "/api/chat", None, {
                    "Origin": origin,
                    "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": names,
                })
                self.assertEqual(answer.status, 204)
                answer = self.send("GET", "/api/tags", None, {"Origin": origin})
                self.assertEqual(answer.status, 200)

    def test_other_pages_and_hosts_may_not(self) -> None:
        for header in ({"Origin": "https://example.com"}, {"Host": "example.com"}):
            with self.subTest(header):
                self.assertEqual(self.send("GET", "/api/tags", None, header).status, 403)

    def test_a_host_may_be_any_name_of_this_machine(self) -> None:
        for host in ("localhost:11434", "127.0.0.1", "a.localhost", "a.local", "192.168.1.5:1"):
            with self.subTest(host):
                answer = self.send("GET", "/api/tags", None, {"Host": host})
                self.assertEqual(answer.status, 200)

    # Requests.

    def test_keys_are_matched_whatever_their_case(self) -> None:
        reply = self.send(
            "POST", "/api/generate",
            json.dumps({"MODEL": "demo", "Prompt": SUM, "StrEAM": False, "Raw": False}),
        ).json
        self.assertEqual(reply["response"], "7")

    def test_keys_of_messages_are_matched_whatever_their_case(self) -> None:
        reply = self.send(
            "POST", "/api/chat",
            json.dumps({
                "Model": "demo", "Stream": False, "Messages": [{"Role": "user", "CONTENT": SUM}],
            }),
        ).json
        self.assertEqual(reply["message"]["content"], "7")

    def test_of_keys_in_two_cases_the_last_one_counts(self) -> None:
        body = f'{{"model": "nope", "%s": "demo", "prompt": "{SUM}", "stream": false}}'
        answer = self.send("POST", "/api/generate", body % "MODEL")
        self.assertEqual((answer.status, answer.json.get("response")), (200, "7"))
        # Stricter than Ollama, and documented: the same key twice is a mistake.
        answer = self.send("POST", "/api/generate", body % "model")
        self.assertEqual((answer.status, answer.json["code"]), (400, "invalid_json"))

    def test_null_says_nothing_and_unknown_keys_are_ignored(self) -> None:
        nothing = {
            name: None
            for name in (
                "system", "template", "context", "raw", "format", "keep_alive", "images",
                "options", "think", "truncate", "shift", "logprobs", "top_logprobs", "suffix",
            )
        }
        self.assert_said(
            "7", "/api/generate", model="demo", prompt=SUM, unknown={"a": 1}, **nothing
        )

    def test_a_body_is_one_value(self) -> None:
        """Stricter than Ollama, which reads the first value alone, and documented."""
        body = json.dumps({"model": "demo", "prompt": SUM, "stream": False})
        for rest, status in (("\n", 200), (" {}", 400), ("\nnonsense", 400)):
            with self.subTest(rest):
                answer = self.send("POST", "/api/generate", body + rest)
                self.assertEqual(answer.status, status, answer.text)

    def test_the_content_type_does_not_count(self) -> None:
        body = json.dumps({"model": "demo", "prompt": SUM, "stream": False})
        for kind in ("text/plain", "application/x-www-form-urlencoded", "nonsense"):
            with self.subTest(kind):
                answer = self.send("POST", "/api/generate", body, {"Content-Type": kind})
                self.assertEqual(answer.json["response"], "7")

    # Answers.

    def test_streams_are_usual(self) -> None:
        for path, asked in (
            ("/api/generate", {"prompt": SUM}), ("/api/chat", {"messages": user(SUM)}),
        ):
            answer = self.post(path, model="demo", **asked)
            self.assertEqual((answer.status, answer.kind), (200, "application/x-ndjson"))
            self.assertGreater(len(answer.lines), 1)

    def test_lines_of_generate_have_these_members(self) -> None:
        for model in ("demo", "plain"):
            with self.subTest(model):
                *lines, last = self.post("/api/generate", model=model, prompt=STORY).lines
                for line in lines:
                    self.assertEqual(list(line), ["model", "created_at", "response", "done"])
                    self.assertEqual((line["model"], line["done"]), (model, False))
                self.check_end(last, {"response", "context"})
                self.assertEqual(last["response"], "")

    def test_lines_of_chat_have_these_members(self) -> None:
        for model in ("demo", "plain"):
            with self.subTest(model):
                *lines, last = self.post(
                    "/api/chat", model=model, messages=user(STORY)
                ).lines
                for line in lines:
                    self.assertEqual(list(line), ["model", "created_at", "message", "done"])
                    self.assertEqual(list(line["message"]), ["role", "content"])
                    self.assertTrue(line["message"]["content"])
                self.check_end(last, {"message"})
                self.assertEqual(last["message"], {"role": "assistant", "content": ""})

    def test_whole_answers_have_these_members(self) -> None:
        answer = self.post("/api/chat", model="demo", messages=user(SUM), stream=False)
        self.assertEqual(answer.kind, "application/json")
        self.check_end(answer.json, {"message"})
        answer = self.post("/api/generate", model="demo", prompt=SUM, stream=False)
        self.check_end(answer.json, {"response", "context"})

    def check_end(self, line: dict, own: set[str]) -> None:
        """The last line has what it must have, and nothing that is unknown or zero."""
        must = {"model", "created_at", "done", "done_reason", *own, *DURATIONS, *COUNTS}
        self.assertLessEqual(must, set(line))
        self.assertLessEqual(set(line), must | MORE)
        self.assertEqual((line["done"], line["done_reason"]), (True, "stop"))
        for name in (DURATIONS | COUNTS | MORE) & set(line):
            self.assertIsInstance(line[name], int)
            self.assertGreater(line[name], 0)

    def test_every_line_has_its_moment(self) -> None:
        lines = self.post("/api/chat", model="demo", messages=user(STORY)).lines
        moments = [line["created_at"] for line in lines]
        for moment in moments:
            self.assertRegex(moment, MOMENT)
        self.assertEqual(moments, sorted(moments))

    def test_durations_are_nanoseconds(self) -> None:
        self.client.generate("demo", keep_alive=0)
        reply = self.post("/api/chat", model="demo", messages=user(STORY), stream=False).json
        parts = ("load_duration", "prompt_eval_duration", "eval_duration")
        # An engine starts in milliseconds at least, and the whole is the sum or more.
        self.assertGreater(reply["load_duration"], 1_000_000)
        self.assertGreaterEqual(reply["total_duration"], sum(reply[name] for name in parts))
        self.assertLess(reply["total_duration"], 30_000_000_000)
        again = self.post("/api/chat", model="demo", messages=user(STORY), stream=False).json
        self.assertNotIn("load_duration", again)

    def test_moments_of_models_are_moments(self) -> None:
        self.client.generate("demo", SUM)
        form = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$")
        for model in self.send("GET", "/api/tags").json["models"]:
            self.assertRegex(model["modified_at"], form)
        for model in self.send("GET", "/api/ps").json["models"]:
            self.assertRegex(model["expires_at"], form)
