"""Runs the tests of this folder; takes unittest's options beside the folder of the programs."""

import argparse
import pathlib
import sys
import unittest

import installation


def main() -> None:
    """Ends with 1 when a test fails, as unittest does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--programs",
        type=pathlib.Path,
        default=installation.PROGRAMS,
        help="where `baton` and its companions lie",
    )
    given, words = parser.parse_known_args()
    installation.PROGRAMS = given.programs.resolve()
    if not (installation.PROGRAMS / "baton").is_file():
        parser.error(f"no 'baton' in {installation.PROGRAMS}: build it with Scripts/swift build")
    here = str(pathlib.Path(__file__).resolve().parent)
    unittest.main(None, argv=["clients", "discover", "-s", here, "-t", here, *words])


if __name__ == "__main__":
    sys.exit(main())
