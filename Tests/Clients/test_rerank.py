"""Texts in the order in which they answer a question."""

import json
import os
import pathlib
import subprocess
import tempfile
from typing import Any

import reranker
from case import LanguageTest
from installation import PATIENCE, eventually, free_port
from store import DEMO, Store

QUERY = "What colour is grass?"
DOCUMENTS = ["Green.", "Hello Ada.", "3 plus 4 is 7.", "Green."]


def direct(body: dict[str, Any]) -> Any:
    """What llama-server itself answers."""
    program = pathlib.Path(os.environ["BATON_ENGINE_PREFIX"]) / "bin" / "llama-server"
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "model.gguf"
        file.write_bytes(reranker.made_of(DEMO / "demo.gguf"))
        port = free_port()
        words = [
            program, "--offline", "--model", file, "--reranking", "--port", port, "--ctx-size", 512,
            "--batch-size", 512, "--ubatch-size", 512, "--parallel", 1,
        ]
        with open(os.devnull, "wb") as nothing:
            server = subprocess.Popen([str(word) for word in words], stdout=nothing, stderr=nothing)
        try:
            return eventually("llama-server", lambda: _asked(port, body))
        finally:
            server.kill()
            server.wait(PATIENCE)


def _asked(port: int, body: dict[str, Any]) -> Any:
    words = ["curl", "--silent", "--fail", "--max-time", "5", "--data", "@-"]
    ended = subprocess.run(
        [*words, f"http://127.0.0.1:{port}/v1/rerank"],
        input=json.dumps(body), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )
    return json.loads(ended.stdout) if ended.returncode == 0 else None


class RerankTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("ranker", file=reranker.made_of(DEMO / "demo.gguf"))

    def rank(self, path: str = "/api/rerank", **members: Any) -> dict[str, Any]:
        """The answer to a request that succeeds."""
        answer = self.post(path, **{"model": "ranker", "query": QUERY, "documents": DOCUMENTS, **members})
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def test_the_numbers_are_those_of_llama_server(self) -> None:
        theirs = direct({"query": QUERY, "documents": DOCUMENTS})
        ours = self.rank()
        scores = {item["index"]: item["relevance_score"] for item in theirs["results"]}
        self.assertEqual(len(ours["results"]), len(DOCUMENTS))
        for item in ours["results"]:
            self.assertAlmostEqual(item["relevance_score"], scores[item["index"]], places=5)
        self.assertEqual(ours["usage"]["prompt_tokens"], theirs["usage"]["prompt_tokens"])
        # They must tell the documents apart, or the order below would be no order.
        self.assertEqual(len({round(score, 6) for score in scores.values()}), 3)

    def test_the_best_come_first_and_equals_as_they_came(self) -> None:
        for path in ("/api/rerank", "/v1/rerank"):
            results = self.rank(path)["results"]
            scores = [item["relevance_score"] for item in results]
            self.assertEqual(scores, sorted(scores, reverse=True))
            order = [item["index"] for item in results]
            self.assertLess(order.index(0), order.index(3))

    def test_as_many_as_are_asked_for_with_their_texts(self) -> None:
        best = self.rank()["results"]
        results = self.rank(top_n=2, return_documents=True)["results"]
        self.assertEqual([item["index"] for item in results], [item["index"] for item in best[:2]])
        for item in results:
            self.assertEqual(item["document"], {"text": DOCUMENTS[item["index"]]})
        self.assertEqual(len(self.rank(top_n=99)["results"]), 4)

    def test_documents_may_be_objects(self) -> None:
        objects = [{"text": text} for text in DOCUMENTS]
        self.assertEqual(self.rank(documents=objects)["results"], self.rank()["results"])

    def test_a_model_that_writes_does_not_rank(self) -> None:
        self.assert_refused(
            400, '"demo" does not support reranking', "/api/rerank",
            model="demo", query="a", documents=["b"],
        )

    def test_wrong_requests(self) -> None:
        for error, members in (
            ("model is required", {"query": "a", "documents": ["b"]}),
            ("query is required", {"model": "ranker", "documents": ["b"]}),
            ("documents must be a list of texts", {"model": "ranker", "query": "a"}),
            (
                "documents must be a list of texts",
                {"model": "ranker", "query": "a", "documents": []},
            ),
            (
                "documents must be texts, or objects with a text",
                {"model": "ranker", "query": "a", "documents": [1]},
            ),
            (
                "top_n must be at least 1",
                {"model": "ranker", "query": "a", "documents": ["b"], "top_n": 0},
            ),
            (
                "the query and a document together exceed the context length",
                {
                    "model": "ranker", "query": "a", "documents": ["lamp " * 2000],
                    "options": {"num_ctx": 256},
                },
            ),
        ):
            with self.subTest(error):
                self.assert_refused(400, error, "/v1/rerank", **members)
