"""Answers with NumPy from nothing but the file: what an engine must answer too."""

import numpy as np

import gguf_file
import vocabulary as v


class Reference:
    """A model read from a file, answering greedily with a cache of keys and values."""

    def __init__(self, path):
        self.about, tensors = gguf_file.read(path)
        self.weights = {name.removesuffix(".weight"): value for name, value in tensors.items()}
        merges = [tuple(merge.split(" ")) for merge in self.about["tokenizer.ggml.merges"]]
        self.vocabulary = v.Vocabulary(merges)
        if self.vocabulary.tokens != self.about["tokenizer.ggml.tokens"]:
            raise ValueError("the file's tokens are not those of its merges")
        self.heads = self.about["llama.attention.head_count"]
        self.epsilon = self.about["llama.attention.layer_norm_rms_epsilon"]
        half = self.about["llama.rope.dimension_count"] // 2
        self.speeds = self.about["llama.rope.freq_base"] ** (-np.arange(half) / half)

    def answer(self, system, turns, question, limit=400):
        return self.vocabulary.decode(
            self.say(self.vocabulary.prompt(system, turns, question), limit)
        )

    def say(self, tokens, limit=400):
        """The tokens that follow, without the one that ends the answer."""
        layers = self.about["llama.block_count"]
        cache = [([], []) for _ in range(layers)]
        said, position = [], 0
        while len(said) < limit:
            following = int(np.argmax(self._logits(tokens, position, cache)))
            if following == v.END:
                break
            said.append(following)
            position += len(tokens)
            tokens = [following]
        return said

    def _logits(self, tokens, position, cache):
        """Scores after the last of these tokens, the first of which is at this position."""
        weights = self.weights
        stream = weights["token_embd"][tokens]
        for layer, (keys, values) in enumerate(cache):
            name = f"blk.{layer}."
            inputs = self._normalised(stream, weights[name + "attn_norm"])
            query, key, value = (
                (inputs @ weights[f"{name}attn_{part}"].T).reshape(len(tokens), self.heads, -1)
                for part in "qkv"
            )
            keys += list(self._turned(key, position))
            values += list(value)
            gathered = self._attention(
                self._turned(query, position), np.array(keys), np.array(values), position
            )
            stream = stream + gathered @ weights[name + "attn_output"].T
            inputs = self._normalised(stream, weights[name + "ffn_norm"])
            gate = inputs @ weights[name + "ffn_gate"].T
            hidden = gate / (1 + np.exp(-gate)) * (inputs @ weights[name + "ffn_up"].T)
            stream = stream + hidden @ weights[name + "ffn_down"].T
        return self._normalised(stream[-1], weights["output_norm"]) @ weights["token_embd"].T

    def _normalised(self, values, weight):
        return values / np.sqrt(np.mean(values**2, -1, keepdims=True) + self.epsilon) * weight

    def _turned(self, values, position):
        angles = (position + np.arange(len(values)))[:, None, None] * self.speeds
        cosine, sine = np.float32(np.cos(angles)), np.float32(np.sin(angles))
        even, odd = values[..., 0::2], values[..., 1::2]
        pair = np.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1)
        return pair.reshape(values.shape)

    @staticmethod
    def _attention(query, keys, values, position):
        scores = np.einsum("qhc,khc->hqk", query, keys) / np.sqrt(query.shape[-1])
        later = np.arange(len(keys)) > (position + np.arange(len(query)))[:, None]
        scores = np.where(later, -np.inf, scores)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        shares = scores / scores.sum(-1, keepdims=True)
        return np.einsum("hqk,khc->qhc", shares, values).reshape(len(query), -1)
