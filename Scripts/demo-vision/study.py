"""Trains the language model on dialogues about pictures that the tower has looked at."""

import math
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import language
import lessons
import numpy as np

sys.path.append(str(Path(__file__).resolve().parent.parent / "demo-model"))
import train as usual  # noqa: E402

PEAK, LAST = 3e-3, 3e-5
WARM_UP = 100


def loss(weights, looked_at, rows, places, targets, shape):
    scores = jax.nn.log_softmax(language.logits(weights, looked_at, rows, places, shape))
    right = jnp.take_along_axis(scores, jnp.maximum(targets, 0)[:, None], -1)[:, 0]
    learnt = targets >= 0
    hit = (scores.argmax(-1) == targets) & learnt
    count = jnp.sum(learnt)
    return -jnp.sum(right * learnt) / count, jnp.sum(hit) / count


def rate(step: int, steps: int) -> float:
    """Rises in a line, then falls along half a cosine."""
    if step < WARM_UP:
        return PEAK * (step + 1) / WARM_UP
    done = (step - WARM_UP) / max(1, steps - WARM_UP)
    return LAST + (PEAK - LAST) * (1 + math.cos(math.pi * done)) / 2


def _advance(weights, moments, looked_at, batch, step, learning, shape):
    (value, hit), gradients = jax.value_and_grad(loss, has_aux=True)(
        weights, looked_at, *batch, shape
    )
    changed, remembered = {}, {}
    for name, weight in weights.items():
        matrix = name.startswith("blk") and weight.ndim == 2
        rule = usual.step_matrix if matrix else usual.step_other
        changed[name], remembered[name] = rule(
            weight, gradients[name], moments[name], step, learning
        )
    return changed, remembered, value, hit


def train(
    source: lessons.Lessons, looked_at: np.ndarray, shape: language.Shape, steps: int, seed: int
) -> dict[str, np.ndarray]:
    """The weights; `looked_at` is what the tower makes of the pictures that dialogues name."""
    weights = language.initial(shape, seed)
    moments = {name: (np.zeros_like(value),) * 2 for name, value in weights.items()}
    move = jax.jit(_advance, static_argnums=6, donate_argnums=(0, 1))
    pictures = jnp.asarray(looked_at)
    recent, began = [], time.monotonic()
    for step in range(steps):
        now = np.float32(step + 1), np.float32(rate(step, steps))
        weights, moments, value, hit = move(weights, moments, pictures, source.batch(), *now, shape)
        recent.append((float(value), float(hit)))
        if (step + 1) % 50 == 0 or step + 1 == steps:
            mean, share = np.mean(recent, 0)
            passed = time.monotonic() - began
            print(
                f"language {step + 1:5d}  loss {mean:.4f}  tokens {share:.2%}  {passed:5.0f} s",
                flush=True,
            )
            recent = []
    return {name: np.asarray(value) for name, value in weights.items()}
