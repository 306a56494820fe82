"""The `qwen2vl` architecture in JAX: RMSNorm, rotary positions of three parts, SwiGLU, tied output.

Matrices are (outputs, inputs) and named as in GGUF files. Every token has three positions: its
place in time, its row and its column; for texts they are the same.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

Weights = dict[str, jax.Array]


@dataclass(frozen=True)
class Shape:
    """The sizes of a model; all rows are multiples of 32 numbers long, as Q8_0 wants them."""

    vocabulary: int = 512
    width: int = 96
    layers: int = 4
    heads: int = 3
    hidden: int = 192
    context: int = 8192
    epsilon: float = 1e-6
    base: float = 10000.0
    # How many pairs of channels turn with time, row and column.
    sections: tuple[int, int, int] = (4, 6, 6)

    @property
    def head(self) -> int:
        return self.width // self.heads


@dataclass
class Rows:
    """A batch of rows: tokens, or tokens of pictures where `pictures` is not negative.

    tokens, groups: (rows, length). pictures: (rows, length, 2), number of the picture and of its
    token. positions: (3, rows, length). repeats: (rows, length), how many like it a token stands
    for: a large picture is hundreds of tokens that hardly differ. Tokens see only earlier ones of
    their own group: several dialogues share a row.
    """

    tokens: np.ndarray
    groups: np.ndarray
    pictures: np.ndarray
    positions: np.ndarray
    repeats: np.ndarray


jax.tree_util.register_dataclass(Rows)


def initial(shape: Shape, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)

    def matrix(outputs: int, inputs: int, scale: float) -> np.ndarray:
        return random.normal(0, scale, (outputs, inputs)).astype(np.float32)

    width, hidden = shape.width, shape.hidden
    inner = width**-0.5
    # What is added to the stream starts small, so that depth does not let it grow.
    outer = inner / (2 * shape.layers) ** 0.5
    weights = {"token_embd.weight": matrix(shape.vocabulary, width, inner)}
    for layer in range(shape.layers):
        name = f"blk.{layer}."
        weights[f"{name}attn_norm.weight"] = np.ones(width, np.float32)
        for part in ("attn_q", "attn_k", "attn_v"):
            weights[f"{name}{part}.weight"] = matrix(width, width, inner)
            weights[f"{name}{part}.bias"] = np.zeros(width, np.float32)
        weights[f"{name}attn_output.weight"] = matrix(width, width, outer)
        weights[f"{name}ffn_norm.weight"] = np.ones(width, np.float32)
        weights[f"{name}ffn_gate.weight"] = matrix(hidden, width, inner)
        weights[f"{name}ffn_up.weight"] = matrix(hidden, width, inner)
        weights[f"{name}ffn_down.weight"] = matrix(width, hidden, outer)
    return weights | {"output_norm.weight": np.ones(width, np.float32)}


def _normalised(values: jax.Array, weight: jax.Array, epsilon: float) -> jax.Array:
    return values * jax.lax.rsqrt(jnp.mean(values**2, -1, keepdims=True) + epsilon) * weight


def _turns(positions: jax.Array, shape: Shape) -> tuple[jax.Array, jax.Array]:
    """Cosine and sine (rows, length, 1, pairs) of the angle by which each pair turns."""
    half = shape.head // 2
    part = np.repeat(np.arange(3), shape.sections)
    speeds = np.float32(shape.base ** (-np.arange(half) / half))
    angles = jnp.moveaxis(positions[part], 0, -1) * speeds
    return jnp.cos(angles)[:, :, None], jnp.sin(angles)[:, :, None]


def _turned(values: jax.Array, turns: tuple[jax.Array, jax.Array]) -> jax.Array:
    """Turns channels of (rows, length, head, channel): each with the one half a head away."""
    first, second = jnp.split(values, 2, -1)
    cosine, sine = turns
    return jnp.concatenate([first * cosine - second * sine, first * sine + second * cosine], -1)


def logits(
    weights: Weights, looked_at: jax.Array, rows: Rows, places: jax.Array, shape: Shape
) -> jax.Array:
    """Scores of the next token at these places, counted through all rows.

    looked_at: (pictures, tokens, width), what the tower makes of the pictures.
    """
    count, length = rows.tokens.shape
    earlier = np.tril(np.ones((length, length), bool))
    seen = (rows.groups[:, :, None] == rows.groups[:, None, :]) & earlier
    mask = jnp.where(seen, jnp.log(rows.repeats)[:, None, :], -1e9)[:, None]
    turns = _turns(rows.positions, shape)
    shown = looked_at[jnp.maximum(rows.pictures[..., 0], 0), rows.pictures[..., 1]]
    texts = weights["token_embd.weight"][rows.tokens]
    stream = jnp.where(rows.pictures[..., :1] >= 0, shown, texts)
    for layer in range(shape.layers):
        block = {
            name.removeprefix(f"blk.{layer}."): value
            for name, value in weights.items()
            if name.startswith(f"blk.{layer}.")
        }
        inputs = _normalised(stream, block["attn_norm.weight"], shape.epsilon)
        query, key, value = (
            (inputs @ block[f"{part}.weight"].T + block[f"{part}.bias"]).reshape(
                count, length, shape.heads, shape.head
            )
            for part in ("attn_q", "attn_k", "attn_v")
        )
        query, key = _turned(query, turns), _turned(key, turns)
        scores = jnp.einsum("bqhc,bkhc->bhqk", query, key) * shape.head**-0.5
        shares = jax.nn.softmax(scores + mask, -1)
        gathered = jnp.einsum("bhqk,bkhc->bqhc", shares, value).reshape(stream.shape)
        stream = stream + gathered @ block["attn_output.weight"].T
        inputs = _normalised(stream, block["ffn_norm.weight"], shape.epsilon)
        gate = jax.nn.silu(inputs @ block["ffn_gate.weight"].T)
        inner = gate * (inputs @ block["ffn_up.weight"].T)
        stream = stream + inner @ block["ffn_down.weight"].T
    stream = stream.reshape(-1, shape.width)[places]
    stream = _normalised(stream, weights["output_norm.weight"], shape.epsilon)
    return stream @ weights["token_embd.weight"].T
