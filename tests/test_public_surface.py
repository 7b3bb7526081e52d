"""What `import framing` promises: its names, its lightness."""

from __future__ import annotations

import subprocess
import sys

import framing


def _cpu_seconds(code: str) -> float:
    """Return the least process time of three fresh interpreters that run `code`."""
    wrapped = f"{code}\nimport time; print(time.process_time())"
    runs = [
        subprocess.run(
            [sys.executable, "-c", wrapped], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(3)
    ]
    return min(float(out.split()[-1]) for out in runs)


def test_all_names_exactly_what_is_exported() -> None:
    assert set(framing.__all__) == {*framing._HOME, "__version__"}
    for name in framing.__all__:
        assert getattr(framing, name) is not None


def test_names_are_listed_in_order() -> None:
    assert framing.__all__ == sorted(framing.__all__)


def test_import_loads_no_engine_and_no_learning_library() -> None:
    code = (
        "import framing, sys; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & "
        "{'torch', 'transformers', 'onnxruntime', 'tokenizers', 'sklearn', 'numpy', 'yaml'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_import_stays_under_three_tenths_of_a_second() -> None:
    assert _cpu_seconds("import framing") - _cpu_seconds("pass") < 0.3


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(framing, "scores")
