"""Fuzz one target with atheris: `python -m fuzz.run article DIR -max_total_time=120`.

What follows the target goes to libFuzzer. A crash is written to a file; give it as the only input
to see it again, then make it a case of `tests/test_fuzz.py`.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["framing"]):
    from fuzz.targets import TARGETS, refused

from framing.errors import FramingError


def main() -> None:
    """Run libFuzzer on the target that the command line names."""
    target = TARGETS[sys.argv.pop(1)]

    def one(raw: bytes) -> None:
        try:
            target(raw)
        except FramingError as error:
            refused(error)

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
