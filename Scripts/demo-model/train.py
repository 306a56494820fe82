"""Trains the network on dialogues that are made while it learns."""

import math
import pickle
import time

import jax
import jax.numpy as jnp
import numpy as np

import dialogues
import network

# Dialogues are laid into rows of the first of these lengths that holds them; longer ones are left
# out. The work of attention grows with the square of a row, and most dialogues are short.
LENGTHS = [128, 256]
TOKENS_A_STEP = 2048
LEARNT_A_STEP = 1024
# As many rows of one length are filled at the same time.
OPEN = 12
PEAK, LAST = 3e-3, 3e-5
WARM_UP = 100
DECAY = 2.0
# How much faster matrices learn than the embedding.
MUON = 5.0


class Row:
    """Several dialogues one after another, each a group of its own."""

    def __init__(self):
        self.tokens, self.targets, self.groups = [], [], []

    def add(self, tokens, said):
        self.groups += [self.groups[-1] + 1 if self.groups else 1] * (len(tokens) - 1)
        self.tokens += tokens[:-1]
        # A target of -1 is not learnt: what users say is not for the model to say.
        self.targets += [token if learnt else -1 for token, learnt in zip(tokens[1:], said[1:])]

    def padded(self, length):
        room = length - len(self.tokens)
        return self.tokens + [0] * room, self.targets + [-1] * room, self.groups + [0] * room


class Rows:
    """Fills rows with dialogues, and hands out a batch as soon as one is full."""

    def __init__(self, generator, vocabulary):
        self.generator = generator
        self.vocabulary = vocabulary
        self.full = {length: [] for length in LENGTHS}
        self.open = {length: [Row() for _ in range(OPEN)] for length in LENGTHS}

    def batch(self):
        """Tokens and groups of some rows, and the places that are learnt with their targets."""
        while True:
            for length, rows in self.full.items():
                count = TOKENS_A_STEP // length
                if len(rows) >= count:
                    self.full[length] = rows[count:]
                    tokens, targets, groups = (np.array(part) for part in zip(*rows[:count]))
                    return tokens, groups, *self._learnt(targets.reshape(-1))
            self._add()

    def _add(self):
        tokens, said = self.vocabulary.lesson(self.generator.dialogue())
        needed = len(tokens) - 1
        length = next((length for length in LENGTHS if needed <= length), None)
        if length is None:
            return
        rows = self.open[length]
        if all(len(row.tokens) + needed > length for row in rows):
            fullest = max(rows, key=lambda row: len(row.tokens))
            rows.remove(fullest)
            self.full[length].append(fullest.padded(length))
            rows.append(Row())
        next(row for row in rows if len(row.tokens) + needed <= length).add(tokens, said)

    def _learnt(self, targets):
        places = np.flatnonzero(targets >= 0)[:LEARNT_A_STEP]
        # A fixed number, or the network would be compiled for each.
        room = np.zeros(LEARNT_A_STEP - len(places), places.dtype)
        return np.append(places, room), np.append(targets[places], room - 1)


def loss(weights, tokens, groups, places, targets, shape):
    scores = jax.nn.log_softmax(network.logits(weights, tokens, groups, places, shape))
    right = jnp.take_along_axis(scores, jnp.maximum(targets, 0)[:, None], -1)[:, 0]
    learnt = targets >= 0
    return -jnp.sum(right * learnt) / jnp.sum(learnt)


def orthogonal(matrix):
    """The matrix with all its singular values near one, by an odd polynomial applied five times."""
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    wide = wide / (jnp.linalg.norm(wide) + 1e-7)
    for _ in range(5):
        square = wide @ wide.T
        wide = 3.4445 * wide + (-4.775 * square + 2.0315 * square @ square) @ wide
    return wide if matrix.shape[0] <= matrix.shape[1] else wide.T


def step_matrix(weight, gradient, moments, _, rate):
    """Muon: momentum made orthogonal, which moves all directions of a matrix alike."""
    mean = 0.95 * moments[0] + 0.05 * gradient
    move = orthogonal(0.95 * mean + 0.05 * gradient)
    scale = MUON * max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5
    return weight * (1 - rate * DECAY) - rate * scale * move, (mean, moments[1])


def step_other(weight, gradient, moments, step, rate):
    """Adam, for the embedding and the norms."""
    mean = 0.9 * moments[0] + 0.1 * gradient
    square = 0.98 * moments[1] + 0.02 * gradient**2
    move = mean / (1 - 0.9**step) / (jnp.sqrt(square / (1 - 0.98**step)) + 1e-8)
    return weight - rate * move, (mean, square)


def rate(step, steps):
    """Rises in a line, then falls along half a cosine."""
    if step < WARM_UP:
        return PEAK * (step + 1) / WARM_UP
    # The last tenth of the curve is left out: so slow a network hardly learns.
    whole = round(steps / 0.9)
    done = (step - WARM_UP) / max(1, whole - WARM_UP)
    return LAST + (PEAK - LAST) * (1 + math.cos(math.pi * done)) / 2


def advance(weights, moments, batch, step, learning, shape):
    value, gradients = jax.value_and_grad(loss)(weights, *batch, shape)
    changed, remembered = {}, {}
    for name, weight in weights.items():
        rule = step_matrix if name.startswith("blk") and weight.ndim == 2 else step_other
        changed[name], remembered[name] = rule(
            weight, gradients[name], moments[name], step, learning
        )
    return changed, remembered, value


def train(vocabulary, shape, steps, seed, notes):
    """Goes on where the file of notes ends, if there is one; the result is the same."""
    move = jax.jit(advance, static_argnums=5, donate_argnums=(0, 1))
    first, weights, moments, rows = _begin(vocabulary, shape, seed)
    if notes.exists():
        first, weights, moments, rows = pickle.loads(notes.read_bytes())
    recent, began = [], time.monotonic()
    for step in range(first, steps):
        now = np.float32(step + 1), np.float32(rate(step, steps))
        weights, moments, value = move(weights, moments, rows.batch(), *now, shape)
        recent.append(float(value))
        if (step + 1) % 50 == 0 or step + 1 == steps:
            mean, passed = sum(recent) / len(recent), time.monotonic() - began
            print(f"step {step + 1:5d}  loss {mean:.4f}  {passed:6.0f} s", flush=True)
            recent = []
            weights, moments = jax.tree.map(np.asarray, (weights, moments))
            unfinished = notes.with_suffix(".partial")
            unfinished.write_bytes(pickle.dumps((step + 1, weights, moments, rows)))
            unfinished.replace(notes)
    return {name: np.asarray(weight) for name, weight in weights.items()}


def _begin(vocabulary, shape, seed):
    weights = network.initial(shape, seed)
    moments = {
        name: (np.zeros_like(weight), np.zeros_like(weight)) for name, weight in weights.items()
    }
    return 0, weights, moments, Rows(dialogues.Generator(seed), vocabulary)
