"""Conversations that outlive their engine."""

import json
import os
import pathlib
import re
import stat
import tempfile
import time
from typing import Any

from case import PLAIN, SUM, LanguageTest, Message, user
from installation import eventually
from store import Store

# The smallest that is worth a file; the models of the tests have little room.
SMALL = {"tokens": 32}
# Alternately what is asked and answered; the last is the next question.
HISTORY = [
    text
    for left in range(1, 4)
    for right in range(1, 6)
    for text in (f"What is {left} plus {right}?", str(left + right))
]
MODELS = ("demo", "plain")


class KeptTest(LanguageTest):
    language = {"conversations": SMALL}

    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        # With a template of its own the prompt is made by the service.
        store.add("plain", template=PLAIN)

    def setUp(self) -> None:
        for model in MODELS:
            self.unload(model)

    def headers(self) -> dict[str, str]:
        """What a client sends beside a request."""
        return {}

    def ask(
        self, model: str, history: list[Message], headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The answer to the last question of a conversation."""
        body = {"model": model, "messages": history, "stream": False, "keep_alive": "5m"}
        sent = self.headers() if headers is None else headers
        answer = self.send("POST", "/api/chat", json.dumps(body), sent)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def unload(self, model: str) -> None:
        """Takes a model out of memory."""
        body = json.dumps({"model": model, "keep_alive": 0})
        answer = self.send("POST", "/api/generate", body, self.headers())
        self.assertEqual(answer.status, 200, answer.text)

    @property
    def folder(self) -> pathlib.Path:
        """Where conversations are."""
        return self.baton.home / "state" / "conversations"

    def kept(self) -> list[pathlib.Path]:
        """The files of conversations whose engine has left."""
        return sorted((self.folder / "kept").iterdir())

    def count(self, metric: str, **labels: str) -> float:
        """What a metric says."""
        text = self.send("GET", "/metrics", headers=self.headers()).text
        total = 0.0
        for line in text.splitlines():
            found = re.fullmatch(rf"{metric}(?:{{(.*)}})? (\S+)", line)
            wanted = [f'{key}="{value}"' for key, value in labels.items()]
            if found and all(word in (found[1] or "") for word in wanted):
                total += float(found[2])
        return total

    def outcomes(self, outcome: str) -> float:
        """How many conversations have ended so."""
        return self.count("baton_language_conversations_total", outcome=outcome)

    def leave(self, model: str, headers: dict[str, str] | None = None) -> list[Message]:
        """Has a conversation, ends its engine, and returns what the conversation goes on with."""
        history = user(*HISTORY, SUM)
        answer = self.ask(model, history, headers)
        self.assertEqual(answer["message"]["content"], "7")
        before = self.outcomes("kept")
        self.unload(model)
        eventually("a file", lambda: self.outcomes("kept") > before)
        return [*history, answer["message"], *user("What is 2 plus 6?")]


class ConversationsTest(KeptTest):
    def test_a_conversation_goes_on_in_another_engine(self) -> None:
        for model in MODELS:
            with self.subTest(model):
                history = self.leave(model)
                restored = self.outcomes("restored")
                spared = self.count("baton_language_conversation_tokens_total")
                answer = self.ask(model, history)
                self.assertEqual(answer["message"]["content"], "8")
                known = answer["prompt_eval_cached_count"]
                self.assertGreater(known, 0.8 * answer["prompt_eval_count"])
                self.assertEqual(self.outcomes("restored"), restored + 1)
                told = self.count("baton_language_conversation_tokens_total")
                self.assertEqual(told, spared + known)

    def test_it_leaves_with_its_time_too(self) -> None:
        before = self.outcomes("kept")
        history = user(*HISTORY, SUM)
        body = {"model": "demo", "messages": history, "stream": False, "keep_alive": "100ms"}
        answer = self.post("/api/chat", **body).json
        eventually("a file", lambda: self.outcomes("kept") > before)
        next_turn = [*history, answer["message"], *user("What is 2 plus 6?")]
        self.assertGreater(self.ask("demo", next_turn)["prompt_eval_cached_count"], 100)

    def test_another_conversation_computes_its_prompt(self) -> None:
        self.leave("demo")
        restored = self.outcomes("restored")
        missed = self.outcomes("missed")
        answer = self.ask("demo", user(*HISTORY[10:], *HISTORY[:10], SUM))
        self.assertEqual(answer["message"]["content"], "7")
        self.assertEqual(self.outcomes("restored"), restored)
        self.assertEqual(self.outcomes("missed"), missed + 1)

    def test_nobody_else_reads_the_files(self) -> None:
        self.leave("demo")
        self.assertTrue(self.kept())
        for path in self.kept():
            self.assertRegex(path.name, "^[0-9a-f]{16}$")
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        for path in (self.folder, self.folder / "kept", self.folder / "engines"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o700)
        bytes_kept = sum(path.stat().st_size for path in self.kept())
        self.assertEqual(self.count("baton_language_conversation_bytes"), bytes_kept)


class SpoiledTest(KeptTest):
    def test_a_file_that_was_changed_is_computed_again(self) -> None:
        faults = {
            "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
            "changed": self.flip,
            "gone": pathlib.Path.unlink,
        }
        for name, spoil in faults.items():
            with self.subTest(name):
                history = self.leave("demo")
                lost = self.outcomes("lost")
                for path in self.kept():
                    spoil(path)
                answer = self.ask("demo", history)
                self.assertEqual(answer["message"]["content"], "8")
                self.assertLess(answer.get("prompt_eval_cached_count", 0), 20)
                self.assertEqual(self.outcomes("lost"), lost + 1)
        self.assertNotIn("an engine ended", self.baton.log())

    @staticmethod
    def flip(path: pathlib.Path) -> None:
        """Changes one byte in the middle of a file."""
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


class KeysTest(KeptTest):
    keys = {"kitchen": {"key": "a-key-of-the-kitchen"}, "garden": {"key": "a-key-of-the-garden"}}

    @classmethod
    def setUpClass(cls) -> None:
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="baton-keys-"))
        cls.file = pathlib.Path(folder) / "keys.yaml"
        cls.write(cls.keys)
        cls.language = {"conversations": SMALL, "server": {"key_file": str(cls.file)}}
        super().setUpClass()

    @classmethod
    def write(cls, keys: dict[str, Any]) -> None:
        """Replaces the file of keys."""
        fresh = cls.file.with_suffix(".new")
        fresh.write_text(json.dumps({"keys": keys}), encoding="utf-8")
        fresh.chmod(0o600)
        fresh.replace(cls.file)

    def headers(self) -> dict[str, str]:
        return self.key("kitchen")

    def key(self, name: str) -> dict[str, str]:
        """What a client with a key sends."""
        return {"Authorization": f"Bearer {self.keys[name]['key']}"}

    def test_another_key_gets_nothing(self) -> None:
        history = self.leave("demo", self.key("garden"))
        restored = self.outcomes("restored")
        self.assertLess(self.ask("demo", history).get("prompt_eval_cached_count", 0), 20)
        self.assertEqual(self.outcomes("restored"), restored)
        self.unload("demo")
        answer = self.ask("demo", history, self.key("garden"))
        self.assertGreater(answer["prompt_eval_cached_count"], 0.8 * answer["prompt_eval_count"])
        self.assertEqual(answer["message"]["content"], "8")
        self.assertEqual(self.outcomes("restored"), restored + 1)

    def test_what_a_key_left_goes_with_it(self) -> None:
        self.leave("demo", self.key("garden"))
        self.addCleanup(self.write, self.keys)
        count = len(self.kept())
        self.write({"kitchen": self.keys["kitchen"]})
        eventually("erasure", lambda: len(self.kept()) < count)


class BoundsTest(KeptTest):
    # Room for one conversation of the tests and not for two.
    language = {"conversations": {**SMALL, "bytes": "600KiB"}}

    def test_there_are_no_more_bytes_than_allowed(self) -> None:
        self.leave("demo")
        first = self.kept()
        self.assertEqual(len(first), 1)
        self.assertGreater(first[0].stat().st_size, 300 << 10)
        self.ask("plain", user(*HISTORY, SUM))
        before = self.outcomes("kept")
        self.unload("plain")
        eventually("a file", lambda: self.outcomes("kept") > before)
        self.assertEqual(len(self.kept()), 1)
        self.assertNotEqual(self.kept(), first)


class AgeTest(KeptTest):
    language = {"conversations": {**SMALL, "age": "3s"}}

    def test_what_is_old_goes(self) -> None:
        history = self.leave("demo")
        eventually("its end", lambda: not self.kept())
        self.assertLess(self.ask("demo", history).get("prompt_eval_cached_count", 0), 20)


class OffTest(KeptTest):
    language = {"conversations": {"bytes": "0B"}}

    def test_nothing_is_written(self) -> None:
        history = user(*HISTORY, SUM)
        self.ask("demo", history)
        begun = time.monotonic()
        self.unload("demo")
        # Nobody is waited for.
        self.assertLess(time.monotonic() - begun, 0.9)
        self.assertFalse(self.folder.exists())
        self.assertLess(self.ask("demo", history).get("prompt_eval_cached_count", 0), 20)
