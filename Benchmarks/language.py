"""The language service, and its engine or a bare llama-server, asked for the same directly.

Two processes of one engine with the same arguments differ by some hundredths for as long as they live,
so what Baton costs is told by asking one and the same process both ways. A bare llama-server, which has
the arguments of Baton's own but for where it listens, tells what becomes of an engine that Baton starts;
that takes several starts of both. Only one of the two is asked at a time, when all engines rest.
"""

import contextlib
import http.client
import json
import os
import pathlib
import subprocess
import time

from asking import Connection
from baton import Failed, Instance, free_ports
from processes import processes
from rest import wait_for_rest

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
STORE = CHECKOUT / ".build" / "bench-store"
# 790 thousand weights, where everything around the model shows; and 318 million.
DEMO, RANDOM = "demo", "random"
CONTEXT = 1024
# First tokens to compare. Single ones differ by milliseconds, from one time to the next as from one way
# to the other: with 200 the middle is known to some tenths.
FIRST_TOKENS = 200

_LIBRARY = STORE / "manifests" / "registry.ollama.ai" / "library"


def make_store():
    """Both models in a folder as Ollama lays it out; the large one is made once."""
    subprocess.run([CHECKOUT / "Scripts" / "make-demo-store", STORE], check=True)
    file = STORE / "random.gguf"
    command = [CHECKOUT / "Scripts" / "make-random-model", file]
    digest = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    blob = STORE / "blobs" / digest.replace(":", "-")
    if not blob.exists():
        os.link(file, blob)
    manifest = json.loads((_LIBRARY / DEMO / "latest").read_text(encoding="utf-8"))
    for layer in manifest["layers"]:
        if layer["mediaType"].endswith(".model"):
            layer.update(digest=digest, size=file.stat().st_size)
    (_LIBRARY / RANDOM).mkdir(exist_ok=True)
    (_LIBRARY / RANDOM / "latest").write_text(json.dumps(manifest), encoding="utf-8")


class Language(Instance):
    """`baton up language`, or more words, with both models."""

    def __init__(self, *words, language="", **more):
        """`language` is more of the file, without its section `models`."""
        make_store()
        stores = f"models:\n  stores: {json.dumps([str(STORE)])}\n"
        super().__init__("up", *(words or ["language"]), language=stores + language, **more)

    def __enter__(self):
        try:
            # A service is ready when it can serve, which needs the manager.
            self.wait_ready(self.status_port, self.language_port)
        except BaseException:
            self.__exit__()
            raise
        return self

    @property
    def service(self):
        """The process of the language service."""
        return self.pid("serve", "language")

    @property
    def manager(self):
        """The process of the device manager."""
        return self.pid("device")

    def load(self, model):
        """Makes a model resident; milliseconds until the answer."""
        answer = Connection(self.language_port).ask("/api/generate", {"model": model})
        return answer.seconds * 1000

    def unload(self, model):
        """Ends a model's engines."""
        Connection(self.language_port).ask("/api/generate", {"model": model, "keep_alive": 0})

    def socket(self, model, *words):
        """Where an engine of this model listens; see `engine`."""
        line = self.engine(model, *words)
        return line[line.index("--host") + 1]

    def engine(self, model, *words):
        """The command line of an engine of this model; of one with these words, if any."""
        manifest = json.loads((_LIBRARY / model / "latest").read_text(encoding="utf-8"))
        wanted = {layer["digest"].replace(":", "-") for layer in manifest["layers"]}
        for _, _, line in processes():
            names = {pathlib.Path(word).name for word in line}
            if self._listens_here(line) and names & wanted and set(words) <= set(line):
                return line
        raise Failed(f"there is no engine of {model}")

    def _listens_here(self, line):
        return any(word.startswith(f"{self.home}/") for word in line)


class Bare:
    """A llama-server started by itself; ended with its `with`."""

    def __init__(self, line):
        """Starts it with an engine's command line."""
        (self.port,) = free_ports(1)
        line = list(line)
        line[line.index("--host") + 1] = "127.0.0.1"
        self._begun = time.perf_counter()
        self._process = subprocess.Popen(
            [*line, "--port", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        try:
            self.milliseconds = self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def _wait(self):
        """Milliseconds from its start until its model is loaded."""
        while time.perf_counter() - self._begun < 60 and self._process.poll() is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with contextlib.closing(connection), contextlib.suppress(OSError):
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return (time.perf_counter() - self._begun) * 1000
            time.sleep(0.005)
        raise Failed("llama-server does not start")


class Text:
    """A text that was asked for: when its parts came, and what the engine says of it."""

    def __init__(self, answer, parts, tokens, prompt_ms):
        """`parts` are moments and texts; `prompt_ms` is what the engine took for the prompt."""
        self.text = "".join(text for _, text in parts)
        self.tokens = tokens
        self.first = parts[0][0]
        self.last = parts[-1][0]
        self.first_ms = (self.first - answer.start) * 1000
        # What is left when the engine's work is left out, which is never twice the same.
        self.around_ms = self.first_ms - prompt_ms

    @property
    def rate(self):
        """Tokens a second after the first."""
        return (self.tokens - 1) / (self.last - self.first)


def conversation(*texts):
    """Messages of a person and a model in turns, the person first."""
    roles = ("user", "assistant")
    return [{"role": roles[place % 2], "content": text} for place, text in enumerate(texts)]


class ThroughBaton:
    """A client of the language service."""

    def __init__(self, language, model, **headers):
        self._connection = Connection(language.language_port)
        self._model = model
        self._headers = headers

    def chat(self, messages, tokens):
        """Has an answer of so many tokens at most written."""
        body = {"model": self._model, "messages": messages, "options": {"num_predict": tokens}}
        answer = self._connection.ask("/api/chat", body, **self._headers)
        lines = [(moment, json.loads(line)) for moment, line in answer.lines()]
        last = lines[-1][1]
        if not last.get("done"):
            raise Failed(f"the answer ended with {last}")
        parts = [(moment, line["message"]["content"]) for moment, line in lines]
        parts = [part for part in parts if part[1]]
        return Text(answer, parts, last["eval_count"], last["prompt_eval_duration"] / 1e6)

    def close(self):
        """Ends the connection."""
        self._connection.close()


class Directly:
    """A client of a llama-server, which asks as Baton does."""

    def __init__(self, place, is_kept=False):
        """`place` is the server's port, or the path of its socket.

        The connection `is_kept` by what stands before the server: llama-server promises to keep it, and
        ends it after every stream.
        """
        self._connection = Connection(place)
        self._is_kept = is_kept

    def chat(self, messages, tokens):
        """As `ThroughBaton.chat`."""
        body = _BODY | {"n_predict": tokens, "messages": messages}
        answer = self._connection.ask("/v1/chat/completions", body)
        if not self._is_kept:
            self._connection.close()
        parts, timings = [], {}
        for moment, line in answer.lines():
            word, _, content = line.partition(b": ")
            if word != b"data" or content.strip() == b"[DONE]":
                continue
            event = json.loads(content)
            timings = event.get("timings", timings)
            for choice in event["choices"]:
                text = choice["delta"].get("content")
                if text:
                    parts.append((moment, text))
        return Text(answer, parts, timings["predicted_n"], timings["prompt_ms"])


# What Baton says to its engine for a request that leaves everything to the model.
_BODY = {
    "temperature": 0,
    "top_k": 40,
    "top_p": 0.9,
    "min_p": 0,
    "typical_p": 1,
    "repeat_last_n": 64,
    "repeat_penalty": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "seed": -1,
    "n_keep": 4,
    "cache_prompt": True,
    "stream": True,
    "stream_options": {"include_usage": True},
    "return_progress": True,
}


def in_turns(number, *ways):
    """The ways in an order that changes from one round to the next, and where each one stands.

    An engine's threads go on looking for work for some milliseconds after an answer, each on a core,
    so the next way begins when all engines rest.
    """
    order = list(enumerate(ways))
    for place, way in order if number % 2 == 0 else order[::-1]:
        yield place, way
        wait_for_rest("llama-server")


def ask_all(ways, number, messages, tokens):
    """The text of each way, in the order of the ways; they must have written the same."""
    texts = [None] * len(ways)
    for place, way in in_turns(number, *ways):
        texts[place] = way.chat(messages, tokens)
    if len({(text.text, text.tokens) for text in texts}) != 1:
        raise Failed(f"the texts differ: {[(text.text, text.tokens) for text in texts]}")
    return texts


def first_texts(ways):
    """`FIRST_TOKENS` rows of short texts, one of each way.

    Of prompts of one length that all differ, because an engine knows a prompt that it had before.
    """
    rows = []
    for number in range(FIRST_TOKENS):
        row = [None] * len(ways)
        for place, way in in_turns(number, *ways):
            row[place] = way.chat(wish(number * len(ways) + place), 4)
        rows.append(row)
    return rows


def wish(number):
    """A conversation of one turn, another one for each number."""
    return conversation(f"{100 + number} stories, please.")
