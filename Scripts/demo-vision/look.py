"""Trains the vision tower on scenes."""

import time

import jax
import jax.numpy as jnp
import numpy as np

import colours
import scenes
import tower

BATCH = 64
PEAK = 4e-3
WARM_UP = 100
# How sure a difference of one between two words is.
SHARPNESS = 10.0
# Scenes are slow to draw: each is met a few times.
DRAWN = 16_000


def loss(
    weights: tower.Weights, patches: jax.Array, words: jax.Array, light: jax.Array, shape
) -> jax.Array:
    said = tower.said(patches, weights, shape)
    of_words, of_light = said[..., : tower.LIGHT], said[..., tower.LIGHT]
    wanted = jax.nn.one_hot(words, len(colours.WORDS))[:, None]
    wrong = -(jax.nn.log_softmax(SHARPNESS * of_words) * wanted).sum(-1).mean()
    # Numbers near those wanted, and not only in the right order: a language model reads them.
    apart = ((of_words - wanted) ** 2).sum(-1).mean()
    known = (light >= 0)[:, None]
    side = (2 * light - 1)[:, None]
    wrong += (jax.nn.softplus(-SHARPNESS * side * of_light) * known).mean()
    apart += ((of_light - 0.5 * side) ** 2 * known).mean()
    return wrong + apart


def rate(step: int, steps: int) -> float:
    return PEAK * min(1.0, (step + 1) / WARM_UP) * (1 - step / steps)


def train(shape: tower.Shape, steps: int, seed: int) -> dict[str, np.ndarray]:
    """The weights, not yet folded; prints how well scenes that were not trained with are seen."""
    drawn = scenes.Painter(seed).scenes(DRAWN)
    unseen = scenes.Painter(seed + 1).scenes(2000)
    weights = tower.initial(shape, seed)
    moments = {name: (np.zeros_like(value),) * 2 for name, value in weights.items()}
    order = np.random.default_rng(seed)
    move = jax.jit(_advance, static_argnums=7, donate_argnums=(0, 1))
    began = time.monotonic()
    for step in range(steps):
        some = order.integers(0, DRAWN, BATCH)
        batch = drawn.patches[some], drawn.words[some], drawn.light[some]
        now = np.float32(step + 1), np.float32(rate(step, steps))
        weights, moments, value = move(weights, moments, *batch, *now, shape)
        if (step + 1) % 500 == 0 or step + 1 == steps:
            right = examine(weights, shape, unseen)
            passed = time.monotonic() - began
            print(f"tower {step + 1:5d}  loss {value:.4f}  {right}  {passed:4.0f} s", flush=True)
    return {name: np.asarray(value) for name, value in weights.items()}


def _advance(weights, moments, patches, words, light, step, learning, shape):
    value, gradients = jax.value_and_grad(loss)(weights, patches, words, light, shape)
    changed, remembered = {}, {}
    for name, weight in weights.items():
        mean = 0.9 * moments[name][0] + 0.1 * gradients[name]
        square = 0.99 * moments[name][1] + 0.01 * gradients[name] ** 2
        by = mean / (1 - 0.9**step) / (jnp.sqrt(square / (1 - 0.99**step)) + 1e-8)
        changed[name], remembered[name] = weight - learning * by, (mean, square)
    return changed, remembered, value


def examine(weights: tower.Weights, shape: tower.Shape, unseen: scenes.Scenes) -> str:
    """The share of tokens that say the right word, and of those that tell light from dark."""
    said = np.asarray(tower.said(unseen.patches, weights, shape))
    word = said[..., : tower.LIGHT].argmax(-1) == unseen.words[:, None]
    known = unseen.light >= 0
    light = (said[..., tower.LIGHT] > 0) == (unseen.light[:, None] == 1)
    return f"words {word.mean():.2%}  light {light[known].mean():.2%}"
