"""Makes the demo vision model from nothing: tower, vocabulary, language model, both files."""

import argparse
import sys
from pathlib import Path

import chat
import files
import jax
import language
import lessons
import look
import numpy as np
import scenes
import study
import talk
import tower

# Dialogues that the vocabulary is learnt from, and pictures that they and the lessons are about.
DIALOGUES = 4000
PICTURES = 8192
LARGEST = 4_000_000


def looked_at(
    weights: dict[str, np.ndarray], shape: tower.Shape, seed: int
) -> tuple[list[talk.Picture], np.ndarray]:
    """Pictures with what there is to say about them, and what the tower makes of them.

    Those whose lightness is in between are left out, and those of which a token would say another
    word: what a language model could only guess it should not learn to guess.
    """
    drawn = scenes.Painter(seed).scenes(PICTURES)
    made = np.asarray(jax.jit(tower.embeddings, static_argnums=2)(drawn.patches, weights, shape))
    said = made @ tower.directions(shape).T
    word = (said[..., : tower.LIGHT].argmax(-1) == drawn.words[:, None]).all(1)
    light = ((said[..., tower.LIGHT] > 0) == (drawn.light[:, None] == 1)).all(1)
    good = np.flatnonzero(word & light & (drawn.light >= 0))
    pictures = [
        talk.Picture(number, talk.colours.WORDS[drawn.words[index]], drawn.light[index] == 1)
        for number, index in enumerate(good)
    ]
    return pictures, made[good]


def make(options: argparse.Namespace) -> None:
    """Writes `model.gguf` and `projector.gguf` into the folder."""
    shape = language.Shape()
    sees = tower.Shape(output=shape.width)
    eyes = tower.folded(look.train(sees, options.looks, options.seed), sees)
    pictures, embeddings = looked_at(eyes, sees, options.seed + 2)
    talker = talk.Talker(options.seed, pictures)
    vocabulary = chat.learn(talker.dialogue() for _ in range(DIALOGUES))
    if len(vocabulary.tokens) != shape.vocabulary:
        sys.exit(f"make-demo-vision-model: the vocabulary has {len(vocabulary.tokens)} tokens")
    source = lessons.Lessons(talker, vocabulary, options.seed)
    weights = study.train(source, embeddings, shape, options.steps, options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    model, projector = options.output / "model.gguf", options.output / "projector.gguf"
    files.write_model(model, weights, vocabulary, shape)
    files.write_projector(projector, eyes, sees)
    size = model.stat().st_size + projector.stat().st_size
    if size > LARGEST:
        sys.exit(f"make-demo-vision-model: {size} bytes, {LARGEST} are the most")
    print(f"{model}, {projector}: {size} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make-demo-vision-model", description=__doc__)
    parser.add_argument("output", type=Path, help="the folder to write both GGUF files into")
    parser.add_argument("--looks", type=int, default=2500, help="steps of the tower's training")
    parser.add_argument("--steps", type=int, default=1200, help="of the language model's training")
    parser.add_argument("--seed", type=int, default=1)
    make(parser.parse_args())


if __name__ == "__main__":
    main()
