"""Makes the demo model from nothing: vocabulary, training, file, examination."""

import argparse
import os
import sys
from pathlib import Path

import dialogues
import evaluate
import network
import package
import train
import vocabulary

DIALOGUES = 3000
LARGEST = 4_000_000
WANTED = 0.95


def texts(count):
    """What the vocabulary is learnt from."""
    generator = dialogues.Generator(0)
    for _ in range(count):
        dialogue = generator.dialogue()
        for turn in dialogue.turns:
            yield from turn
        if dialogue.system is not None:
            yield dialogue.system


def main():
    parser = argparse.ArgumentParser(prog="make-demo-model", description=__doc__)
    parser.add_argument("output", type=Path, help="the GGUF file to write")
    parser.add_argument("--steps", type=int, default=1350, help="of training; more is better")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-examine", action="store_true", help="the file that is there")
    options = parser.parse_args()
    if not options.only_examine:
        make(options)
    share = evaluate.examine(options.output)
    if share < WANTED:
        sys.exit(f"make-demo-model: {share:.1%} right, {WANTED:.0%} are wanted: try more --steps")


def make(options):
    shape = network.Shape()
    learnt = vocabulary.learn(texts(DIALOGUES))
    # What is needed to go on after an interruption; removed once the file is complete.
    notes = options.output.with_suffix(f".{options.steps}-{options.seed}.notes")
    weights = train.train(learnt, shape, options.steps, options.seed, notes)
    unfinished = options.output.with_suffix(".partial")
    package.write(unfinished, weights, learnt, shape)
    size = os.path.getsize(unfinished)
    if size > LARGEST:
        sys.exit(f"make-demo-model: {size} bytes, {LARGEST} are the most")
    unfinished.replace(options.output)
    notes.unlink(missing_ok=True)
    print(f"{options.output}: {size} bytes")


if __name__ == "__main__":
    main()
