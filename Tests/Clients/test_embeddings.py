"""Vectors of texts."""

import math

from case import LanguageTest
from store import Store

LONG = "lamp " * 2000


def length(vector: list[float]) -> float:
    """The length of a vector."""
    return math.sqrt(sum(number * number for number in vector))


class EmbeddingsTest(LanguageTest):
    @classmethod
    def fill(cls, store: Store) -> None:
        store.add("demo")
        store.add("small", parameters={"num_ctx": 256})

    def test_a_vector_for_each_text_of_length_1(self) -> None:
        answer = self.client.embed("demo", ["My name is Ada.", "Hello.", "My name is Ada."])
        vectors = [list(vector) for vector in answer.embeddings]
        self.assertEqual([len(vector) for vector in vectors], [128, 128, 128])
        for vector in vectors:
            self.assertAlmostEqual(length(vector), 1, places=4)
        for one, other in zip(vectors[0], vectors[2]):
            self.assertAlmostEqual(one, other, places=4)
        self.assertNotAlmostEqual(vectors[0][0], vectors[1][0], places=4)

    def test_one_text_without_a_list(self) -> None:
        alone = self.client.embed("demo", "Hello.").embeddings
        listed = self.client.embed("demo", ["Hello."]).embeddings
        self.assertEqual(len(alone), 1)
        for one, other in zip(alone[0], listed[0]):
            self.assertAlmostEqual(one, other, places=4)

    def test_tokens_of_all_texts_are_counted(self) -> None:
        counts = [
            self.client.embed("demo", text).prompt_eval_count or 0
            for text in ("Hello.", "My name is Ada.", ["Hello.", "My name is Ada."])
        ]
        self.assertGreater(counts[0], 0)
        self.assertEqual(counts[0] + counts[1], counts[2])

    def test_fewer_dimensions_are_the_first_ones_of_length_1(self) -> None:
        whole = self.client.embed("demo", "Hello.").embeddings[0]
        short = self.client.embed("demo", "Hello.", dimensions=16).embeddings[0]
        self.assertEqual(len(short), 16)
        self.assertAlmostEqual(length(list(short)), 1, places=4)
        scale = length(list(whole[:16]))
        for one, other in zip(short, whole):
            self.assertAlmostEqual(one, other / scale, places=4)

    def test_more_dimensions_than_there_are_mean_all(self) -> None:
        self.assertEqual(len(self.client.embed("demo", "a", dimensions=999).embeddings[0]), 128)

    def test_a_text_that_is_too_long_is_cut(self) -> None:
        answer = self.client.embed("demo", [LONG, "Hello."])
        self.assertEqual(len(answer.embeddings), 2)
        self.assertLessEqual(answer.prompt_eval_count or 0, 1024 + 10)
        alone = self.client.embed("demo", "Hello.").embeddings[0]
        for one, other in zip(answer.embeddings[1], alone):
            self.assertAlmostEqual(one, other, places=3)

    def test_a_text_that_must_not_be_cut_is_refused(self) -> None:
        for model in ("demo", "small"):
            error = "the input length exceeds the context length"
            self.assert_refused(
                400, error, "/api/embed", model=model, input=LONG, truncate=False
            )

    def test_nothing_to_embed_loads_the_model(self) -> None:
        for empty in ({"input": []}, {"input": ""}, {"input": None}, {}):
            with self.subTest(empty):
                self.client.generate("demo", keep_alive=0)
                self.assertEqual(self.baton.residencies("demo:latest"), [])
                reply = self.post("/api/embed", model="demo", **empty).json
                self.assertEqual((reply["model"], reply["embeddings"]), ("demo", []))
                self.assertEqual(len(self.baton.residencies("demo:latest")), 1)

    def test_other_inputs_are_refused(self) -> None:
        for wrong in (5, True, {"text": "x"}, [1, 2], [["x"]]):
            with self.subTest(wrong):
                self.assert_refused(
                    400, "invalid input type", "/api/embed", model="demo", input=wrong
                )

    def test_unknown_models_are_refused(self) -> None:
        error = "model 'nope' not found"
        self.assert_refused(404, error, "/api/embed", model="nope", input="x")
        self.assert_refused(404, error, "/api/embeddings", model="nope", prompt="x")
        self.assert_refused(400, "model is required", "/api/embeddings", prompt="x")

    def test_the_older_way_gives_the_vector_as_it_is(self) -> None:
        reply = self.post("/api/embeddings", model="demo", prompt="Hello.").json
        self.assertEqual(list(reply), ["embedding"])
        vector = reply["embedding"]
        self.assertEqual(len(vector), 128)
        self.assertNotAlmostEqual(length(vector), 1, places=1)
        new = self.client.embed("demo", "Hello.").embeddings[0]
        for one, other in zip(vector, new):
            self.assertAlmostEqual(one / length(vector), other, places=4)

    def test_the_older_way_without_a_text_loads_the_model(self) -> None:
        self.assertEqual(self.post("/api/embeddings", model="demo").json, {"embedding": []})
        self.assertEqual(list(self.client.embeddings("demo", "").embedding), [])

    def test_figures_that_are_zero_are_left_out(self) -> None:
        self.client.embed("demo", "Hello.")
        reply = self.post("/api/embed", model="demo", input="Hello.").json
        self.assertGreater(reply["total_duration"], 0)
        # It was loaded before.
        self.assertNotEqual(reply.get("load_duration"), 0)
        self.assertNotEqual(self.post("/api/embed", model="demo").json.get("prompt_eval_count"), 0)

    def test_the_first_request_tells_how_long_loading_took(self) -> None:
        self.client.generate("demo", keep_alive=0)
        reply = self.post("/api/embed", model="demo", input="Hello.").json
        # Nanoseconds: no engine starts in one millisecond.
        self.assertGreater(reply["load_duration"], 1_000_000)
        self.assertGreater(reply["total_duration"], reply["load_duration"])

    def test_embeddings_and_texts_of_one_model_stay_side_by_side(self) -> None:
        for _ in range(2):
            self.client.embed("demo", "Hello.")
            self.client.generate("demo", "Hello.")
        loads = [model["loads"] for model in self.baton.residencies("demo:latest")]
        before = sum(loads)
        self.client.embed("demo", "Hello.")
        self.client.generate("demo", "Hello.")
        self.assertEqual(len(loads), 2)
        after = sum(model["loads"] for model in self.baton.residencies("demo:latest"))
        self.assertEqual(after, before)
