"""The Llama architecture in JAX: RMSNorm, rotary positions, causal attention, SwiGLU, tied output.

Matrices are kept as (outputs, inputs) and named as in GGUF files.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np


@dataclass(frozen=True)
class Shape:
    """The sizes of a model; all rows are multiples of 32 numbers long, as Q8_0 wants them."""

    vocabulary: int = 1024
    width: int = 128
    layers: int = 4
    heads: int = 4
    hidden: int = 256
    context: int = 1024
    epsilon: float = 1e-5
    base: float = 10000.0

    @property
    def head(self):
        return self.width // self.heads


def initial(shape, seed):
    random = np.random.default_rng(seed)

    def matrix(outputs, inputs, scale):
        return random.normal(0, scale, (outputs, inputs)).astype(np.float32)

    width, hidden = shape.width, shape.hidden
    inner = width**-0.5
    # What is added to the stream starts small, so that depth does not let it grow.
    outer = inner / (2 * shape.layers) ** 0.5
    weights = {"token_embd": matrix(shape.vocabulary, width, inner)}
    for layer in range(shape.layers):
        weights |= {
            f"blk.{layer}.attn_norm": np.ones(width, np.float32),
            f"blk.{layer}.attn_q": matrix(width, width, inner),
            f"blk.{layer}.attn_k": matrix(width, width, inner),
            f"blk.{layer}.attn_v": matrix(width, width, inner),
            f"blk.{layer}.attn_output": matrix(width, width, outer),
            f"blk.{layer}.ffn_norm": np.ones(width, np.float32),
            f"blk.{layer}.ffn_gate": matrix(hidden, width, inner),
            f"blk.{layer}.ffn_up": matrix(hidden, width, inner),
            f"blk.{layer}.ffn_down": matrix(width, hidden, outer),
        }
    return weights | {"output_norm": np.ones(width, np.float32)}


def normalised(values, weight, epsilon):
    return values * jax.lax.rsqrt(jnp.mean(values**2, -1, keepdims=True) + epsilon) * weight


def turned(values, shape):
    """Rotary positions on (…, position, head, channel).

    Neighbouring channels are turned together, which is how llama.cpp does it for "llama"; rows
    need no reordering on the way into the file.
    """
    half = shape.head // 2
    positions = np.arange(values.shape[-3])[:, None, None]
    angles = positions * shape.base ** (-np.arange(half) / half)
    cosine, sine = np.float32(np.cos(angles)), np.float32(np.sin(angles))
    even, odd = values[..., 0::2], values[..., 1::2]
    pair = jnp.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1)
    return pair.reshape(values.shape)


def logits(weights, tokens, groups, places, shape):
    """Scores of the next token at these places, counted through all rows.

    Tokens see only earlier ones of their own group: several dialogues share a row.
    """
    rows, length = tokens.shape
    earlier = np.tril(np.ones((length, length), bool))
    seen = (groups[:, :, None] == groups[:, None, :]) & earlier
    mask = jnp.where(seen, 0.0, -1e9)[:, None]
    stream = weights["token_embd"][tokens]
    for layer in range(shape.layers):
        block = {
            name.split(".")[2]: value
            for name, value in weights.items()
            if name.startswith(f"blk.{layer}.")
        }
        inputs = normalised(stream, block["attn_norm"], shape.epsilon)
        by_head = (rows, length, shape.heads, shape.head)
        query = turned((inputs @ block["attn_q"].T).reshape(by_head), shape)
        key = turned((inputs @ block["attn_k"].T).reshape(by_head), shape)
        value = (inputs @ block["attn_v"].T).reshape(by_head)
        scores = jnp.einsum("bqhc,bkhc->bhqk", query, key) * shape.head**-0.5
        shares = jax.nn.softmax(scores + mask, -1)
        gathered = jnp.einsum("bhqk,bkhc->bqhc", shares, value).reshape(stream.shape)
        stream = stream + gathered @ block["attn_output"].T
        inputs = normalised(stream, block["ffn_norm"], shape.epsilon)
        gate = jax.nn.silu(inputs @ block["ffn_gate"].T)
        stream = stream + (gate * (inputs @ block["ffn_up"].T)) @ block["ffn_down"].T
    stream = stream.reshape(-1, shape.width)[places]
    stream = normalised(stream, weights["output_norm"], shape.epsilon)
    return stream @ weights["token_embd"].T
