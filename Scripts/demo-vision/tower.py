"""The vision tower and its projector, as llama.cpp computes a `qwen2vl_merger`, in JAX.

Patches of 28 by 28 pixels, each reduced to the mean colours of its quarters by a constructed
convolution. The first layer's attention adds nothing but a constant, without which the norms would
hide how bright a patch is; its network finds the colour word of each quarter, all with the same
weights, takes the constant away again and leaves the mean of what it found. The second layer's
attention has no queries and no keys, so it takes the mean over the whole picture, and every token
knows all of it: how many patches there are and where they lie does not matter. Matrices are
(outputs, inputs), named as in GGUF files.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

import colours

Weights = dict[str, jax.Array]
# What pixels from 0 to 1 are moved and divided by: those of the Qwen2-VL family.
MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711])
# What a token says: a number for each word, one for light, and one that pictures alone have.
SAID = len(colours.WORDS) + 2
LIGHT = len(colours.WORDS)
# The constant that keeps the norms from hiding brightness.
ANCHOR = 24.0


# Channels of the stream that hold the colours of the quarters, and as many with the other sign, so
# that the norms find no mean to take away.
COLOURS = 12


@dataclass(frozen=True)
class Shape:
    """The sizes of a tower; `output` is the width of the language model."""

    patch: int = 28
    merged: int = 4
    quarters: int = 4
    width: int = 48
    heads: int = 1
    hidden: int = 384
    layers: int = 2
    output: int = 96
    epsilon: float = 1e-6


def directions(shape: Shape) -> np.ndarray:
    """The direction (SAID, output) of each thing that tokens say, at right angles to each other."""
    random = np.random.default_rng(7)
    square, _ = np.linalg.qr(random.normal(size=(shape.output, shape.output)))
    return square[:SAID].astype(np.float32)


def initial(shape: Shape, seed: int) -> dict[str, np.ndarray]:
    """Weights to begin with; `say` stands for the projector's last matrix until `folded`."""
    random = np.random.default_rng(seed)
    width, hidden, four = shape.width, shape.hidden, shape.width * shape.merged

    def matrix(outputs: int, inputs: int) -> np.ndarray:
        return random.normal(0, inputs**-0.5, (outputs, inputs)).astype(np.float32)

    def zeros(*sizes: int) -> np.ndarray:
        return np.zeros(sizes, np.float32)

    weights = {}
    for layer in range(shape.layers):
        name = f"v.blk.{layer}."
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            weights[f"{name}{part}.weight"] = zeros(width, width)
            weights[f"{name}{part}.bias"] = zeros(width)
        for part in ("ln1", "ln2"):
            weights[f"{name}{part}.weight"] = zeros(width) + 1
            weights[f"{name}{part}.bias"] = zeros(width)
        weights[f"{name}ffn_up.weight"] = matrix(hidden, width)
        weights[f"{name}ffn_up.bias"] = random.normal(0, 0.5, hidden).astype(np.float32)
        weights[f"{name}ffn_down.weight"] = matrix(width, hidden)
        weights[f"{name}ffn_down.bias"] = zeros(width)
    weights["v.blk.0.attn_out.bias"][-2:] = ANCHOR, -ANCHOR
    weights["v.blk.0.ffn_down.bias"][-2:] = -ANCHOR, ANCHOR
    # One network for all quarters until `_shared` repeats it.
    each = hidden // shape.quarters
    weights["v.blk.0.ffn_up.weight"] = matrix(each, 3) * (ANCHOR / 4)
    weights["v.blk.0.ffn_up.bias"] = random.normal(0, 1, each).astype(np.float32)
    weights["v.blk.0.ffn_down.weight"] = matrix(width, each)
    # Queries and keys stay zero, as nothing pulls at them while the others are.
    weights["v.blk.1.attn_v.weight"] = matrix(width, width)
    weights["v.blk.1.attn_out.weight"] = matrix(width, width)
    return weights | {
        "v.post_ln.weight": zeros(width) + 1,
        "v.post_ln.bias": zeros(width),
        "mm.0.weight": matrix(four, four),
        "mm.0.bias": zeros(four),
        "say.weight": matrix(SAID - 1, four),
        "say.bias": zeros(SAID - 1),
    }


def _normalised(values: jax.Array, weights: Weights, name: str, shape: Shape) -> jax.Array:
    centred = values - values.mean(-1, keepdims=True)
    spread = jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + shape.epsilon)
    return centred * spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _linear(values: jax.Array, weights: Weights, name: str) -> jax.Array:
    return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _shared(weights: Weights, shape: Shape) -> Weights:
    """The weights with the first layer's network repeated for every quarter of a patch."""
    name, each = "v.blk.0.", shape.hidden // shape.quarters
    up = jnp.zeros((shape.hidden, shape.width))
    for quarter in range(shape.quarters):
        rows = slice(quarter * each, (quarter + 1) * each)
        up = up.at[rows, 3 * quarter : 3 * quarter + 3].set(weights[f"{name}ffn_up.weight"])
    down = weights[f"{name}ffn_down.weight"] / shape.quarters
    return weights | {
        f"{name}ffn_up.weight": up,
        f"{name}ffn_up.bias": jnp.tile(weights[f"{name}ffn_up.bias"], shape.quarters),
        f"{name}ffn_down.weight": jnp.tile(down, (1, shape.quarters)),
    }


def _hidden(patches: jax.Array, weights: Weights, shape: Shape) -> jax.Array:
    """What the projector's last matrix gets, (pictures, tokens, 4 × width), of mean colours."""
    pictures, tokens, merged = patches.shape[:3]
    seen = ((patches / 255 - MEAN) / DEVIATION).reshape(pictures, -1, COLOURS)
    rest = jnp.zeros((*seen.shape[:2], shape.width - 2 * COLOURS))
    stream = jnp.concatenate([seen, -seen, rest], -1)
    for layer in range(shape.layers):
        name = f"v.blk.{layer}."
        inputs = _normalised(stream, weights, name + "ln1", shape)
        # All that attention without queries and keys does.
        mean = _linear(inputs, weights, name + "attn_v").mean(1, keepdims=True)
        stream = stream + _linear(mean, weights, name + "attn_out")
        inputs = _normalised(stream, weights, name + "ln2", shape)
        inner = _linear(inputs, weights, name + "ffn_up")
        inner = inner * jax.nn.sigmoid(1.702 * inner)
        stream = stream + _linear(inner, weights, name + "ffn_down")
    stream = _normalised(stream, weights, "v.post_ln", shape)
    stream = stream.reshape(pictures, tokens, merged * shape.width)
    return jax.nn.gelu(_linear(stream, weights, "mm.0"), approximate=True)


def said(patches: jax.Array, weights: Weights, shape: Shape) -> jax.Array:
    """What each token says while the tower is trained: (pictures, tokens, SAID - 1)."""
    return _linear(_hidden(patches, _shared(weights, shape), shape), weights, "say")


def embeddings(patches: jax.Array, weights: Weights, shape: Shape) -> jax.Array:
    """The tokens (pictures, tokens, output) that the language model gets; weights are folded."""
    return _linear(_hidden(patches, weights, shape), weights, "mm.2")


def folded(weights: dict[str, np.ndarray], shape: Shape) -> dict[str, np.ndarray]:
    """The weights of the file: what is said as directions, and the convolution."""
    ways = directions(shape)
    done = {
        name: np.asarray(value)
        for name, value in _shared(weights, shape).items()
        if not name.startswith("say.")
    }
    done["mm.2.weight"] = ways[:-1].T @ weights["say.weight"]
    done["mm.2.bias"] = ways[:-1].T @ weights["say.bias"] + ways[-1]
    # Both halves see the same picture, as only videos have two.
    kernel = np.zeros((shape.width, 3, shape.patch, shape.patch), np.float16)
    half = shape.patch // 2
    for channel in range(COLOURS):
        quarter, colour = divmod(channel, 3)
        down, right = (half * (quarter // 2), half * (quarter % 2))
        place = (colour, slice(down, down + half), slice(right, right + half))
        kernel[(channel, *place)] = 0.5 / half**2
        kernel[(channel + COLOURS, *place)] = -0.5 / half**2
    return done | {"v.patch_embd.weight": kernel, "v.patch_embd.weight.1": kernel}
