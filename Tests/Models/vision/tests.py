"""Runs the tests of this folder; takes unittest's options beside the model's folder and a seed."""

import argparse
import pathlib
import sys
import unittest

import engine
import test_pictures


def main() -> None:
    """Ends with 1 when a test fails, as unittest does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=pathlib.Path, default=engine.FOLDER, help="both files")
    parser.add_argument("--seed", type=int, default=1, help="other pictures for other numbers")
    given, words = parser.parse_known_args()
    engine.FOLDER = given.model.resolve()
    test_pictures.SEED = given.seed
    here = str(pathlib.Path(__file__).resolve().parent)
    unittest.main(None, argv=["vision", "discover", "-s", here, "-t", here, *words])


if __name__ == "__main__":
    sys.exit(main())
