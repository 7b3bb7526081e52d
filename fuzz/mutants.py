"""Damage a model folder over and over, and load each in a child: `python -m fuzz.mutants FOLDER`.

The hashes are made to fit, as whoever alters a folder on purpose would do. A child that loads and
scores, or refuses in one line, is well; one that raises anything else, dies of a signal or takes
more than its limits is a finding, and its folder is kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from framing.errors import FramingError
from framing.scoring import load

__all__ = ["mutate", "outcome"]

TEXT = "We were never there. “They choose blackmail,” said Ada Moss of the bridge. It rained. 桥。"
MEMORY, SECONDS = 4 << 30, 20
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 10**30, "", "x" * 5000, "\ud800", [], {}, [[[]]], {"a": {}}, "../x",
    float("nan"), float("inf"), "\x00",
)  # fmt: skip


def mutate(rng: random.Random, folder: Path) -> str:
    """Damage one file of a folder, make the hashes fit, and return what was done."""
    name = rng.choice(("model.onnx", "model.onnx", "tokenizer.json", "manifest.json"))
    file = folder / name
    if name != "model.onnx" and rng.random() < 0.6:
        value = json.loads(file.read_bytes())
        done = _odd_value(rng, value)
        file.write_text(json.dumps(value), encoding="utf-8")
    else:
        raw = bytearray(file.read_bytes())
        done = "; ".join(_odd_bytes(rng, raw) for _ in range(rng.randint(1, 4)))
        file.write_bytes(raw)
    if name != "manifest.json":
        path = folder / "manifest.json"
        manifest = json.loads(path.read_bytes())
        raw = bytearray(file.read_bytes())
        manifest["files"][name] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
        path.write_text(json.dumps(manifest), encoding="utf-8")
    return f"{name}: {done}"


def _odd_value(rng: random.Random, value: Any) -> str:
    """Replace or remove something inside JSON, near the top or deep."""
    where = []
    while True:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = rng.choice(keys)
        where.append(str(key)[:20])
        inner = value[key]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.8:
            value = inner
            continue
        if rng.random() < 0.2:
            del value[key]
            return f"removed {'/'.join(where)}"
        value[key] = rng.choice(ODD)
        return f"{'/'.join(where)} = {value[key]!r:.20}"


def _odd_bytes(rng: random.Random, raw: bytearray) -> str:
    # Structure is at the ends of an ONNX file, between them lie the weights.
    at = rng.choice((rng.randrange(len(raw)), rng.randrange(min(len(raw), 4000)),
                     len(raw) - 1 - rng.randrange(min(len(raw), 4000))))  # fmt: skip
    match rng.randrange(5):
        case 0:
            raw[at] ^= 1 << rng.randrange(8)
            return f"bit at {at}"
        case 1:
            raw[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
            return f"byte at {at}"
        case 2:
            size = rng.randint(1, 40)
            raw[at : at + size] = b""
            return f"{size} bytes gone at {at}"
        case 3:
            raw[at:at] = rng.randbytes(rng.randint(1, 20))
            return f"bytes put in at {at}"
        case _:
            raw[at:] = b""
            return f"cut at {at}"


def outcome(folder: Path) -> str:
    """Load a folder in a child and score with it; return loaded, refused, or what went wrong."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        code = 3
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            load(str(folder)).score(TEXT)
            code = 0
        except FramingError as error:
            code = 1 if "\n" not in str(error) and len(str(error)) < 2000 else 2
            os.write(writer, str(error).encode("utf-8", "replace")[:4000])
        except BaseException as error:  # noqa: BLE001 (told to the parent)
            os.write(writer, f"{type(error).__name__}: {error}".encode("utf-8", "replace")[:4000])
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode("utf-8", "replace")
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return f"died of {signal.Signals(os.WTERMSIG(status)).name}"
    code = os.WEXITSTATUS(status)
    return ("loaded", "refused", f"not one line: {said}", f"raised {said}")[min(code, 3)]


def main() -> None:
    """Try as many mutants as asked for; exit with 1 when there are findings."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for what went wrong")
    given = parser.parse_args()
    # The libraries are loaded once, before the forks; no session is opened here.
    import onnxruntime  # noqa: F401
    import tokenizers  # noqa: F401

    counts = {"loaded": 0, "refused": 0}
    findings = []
    with tempfile.TemporaryDirectory(prefix="framing-mutants-") as scratch:
        mutant = Path(scratch) / "model"
        for number in range(given.count):
            mutant.mkdir()
            for file in given.folder.iterdir():
                if file.is_file():
                    shutil.copyfile(file, mutant / file.name)
            done = mutate(random.Random(f"{given.seed} {number}"), mutant)
            came = outcome(mutant)
            if came in counts:
                counts[came] += 1
            else:
                findings.append({"number": number, "done": done, "outcome": came[:300]})
                if given.keep:
                    shutil.copytree(mutant, given.keep / str(number), dirs_exist_ok=True)
            shutil.rmtree(mutant)
    print(json.dumps({**counts, "findings": findings}, indent=1))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
