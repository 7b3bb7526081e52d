"""Read and verify a model folder: manifest, tokenizer, weights, each with its hash.

A model folder holds `manifest.json`, `model.onnx`, `tokenizer.json`, a card `README.md`, for a
codebook of the user's own `codebook.yaml`, for frames without training `embedder.onnx`, and, in a
checkout, `torch/` with the weights for further fine-tuning. A small model may share word embeddings
with the model of a folder beside its own, which its manifest then names under `shares`. Nothing in
it is ever executed: weights are ONNX or safetensors, the rest JSON or YAML read safely.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.errors import ModelError, did_you_mean
from framing.weighing import Mixture

__all__ = ["FORMAT", "Artefact", "find_model", "read_artefact", "shipped_models", "write_manifest"]

FORMAT = 1
DEFAULT = "influence-minilm"
TIERS = {"default": DEFAULT, "fast": "influence-fast"}
WEIGHTS, TOKENIZER, MANIFEST, CODEBOOK, EMBEDDER = (
    "model.onnx",
    "tokenizer.json",
    "manifest.json",
    "codebook.yaml",
    "embedder.onnx",
)

_MANIFEST_LIMIT = 1_000_000
_KEYS = {
    "format": int,
    "name": str,
    "revision": str,
    "codebook": str,
    "codebook_digest": str,
    "frames": list,
    "thresholds": dict,
    "calibration": dict,
    "max_tokens": int,
    "languages": list,
    "base": str,
    "licence": str,
    "data": dict,
    "metrics": dict,
    "files": dict,
    "library": str,
}
_MAY_BE = {
    "shares": dict,  # name, sha256 and bytes of the model.onnx that holds the embeddings
    "embedder_reads": str,  # sha256 of the model.onnx in which embedder.onnx finds its words
}


@dataclass(frozen=True, slots=True)
class Artefact:
    """A verified model folder; `scale` and `shift` are the calibration, one each per frame."""

    folder: Path
    name: str
    revision: str
    sha256: str  # of the manifest, which holds the hashes of all other files
    codebook: Codebook
    thresholds: Mapping[str, float]
    scale: tuple[float, ...]
    shift: tuple[float, ...]
    max_tokens: int
    languages: tuple[str, ...]
    manifest: Mapping[str, Any]
    mixture: Mixture | None = None  # how the network's voice head is weighed against the rules

    @property
    def weights(self) -> Path:
        """Where the ONNX weights are."""
        return self.folder / WEIGHTS

    @property
    def shares(self) -> str | None:
        """The folder beside this one whose `model.onnx` holds this model's word embeddings."""
        return self.manifest["shares"]["name"] if "shares" in self.manifest else None

    @property
    def tokenizer(self) -> Path:
        """Where the tokenizer is."""
        return self.folder / TOKENIZER

    @property
    def embedder(self) -> Path:
        """Where the sentence encoder for frames of one's own is, if the manifest lists it."""
        return self.folder / EMBEDDER

    @property
    def torch_folder(self) -> Path:
        """Where the 16-bit weights for GPUs and further fine-tuning are, if they are at hand."""
        return self.folder / "torch"


def _shipped_root() -> Path:
    inside = Path(__file__).parent / "shipped"  # in an installed wheel
    return inside if inside.is_dir() else Path(__file__).parents[2] / "models"  # in a checkout


def shipped_models() -> tuple[str, ...]:
    """Return the names of the models at hand without a download, the default first."""
    root = _shipped_root()
    names = {p.parent.name for p in root.glob(f"*/{MANIFEST}")}
    return tuple(sorted(names, key=lambda name: (name != DEFAULT, name)))


def find_model(name: str) -> Path:
    """Return the folder of a model: "default", "fast", a shipped model's name, or a path."""
    if TIERS.get(name, name) in shipped_models():
        return _shipped_root() / TIERS.get(name, name)
    folder = Path(name)
    if folder.is_dir():
        return folder
    raise ModelError(
        f"no model '{name}': it is neither shipped ({', '.join(shipped_models()) or 'none'}) "
        f"nor a folder.{did_you_mean(name, shipped_models())}"
    )


def read_artefact(folder: str | Path) -> Artefact:
    """Return the verified content of a model folder; anything wrong or unknown is a ModelError."""
    folder = Path(folder)
    path = folder / MANIFEST
    manifest, digest = _read_manifest(path)
    for name, entry in manifest["files"].items():
        _verify_file(folder, name, entry, path)
    if "shares" in manifest:
        _verify_shared(folder, manifest["shares"], path)
    for needed in (WEIGHTS, TOKENIZER):
        if needed not in manifest["files"]:
            raise ModelError(f"{path}: files lists no {needed}")
    weights = manifest["files"][WEIGHTS]["sha256"]
    if EMBEDDER in manifest["files"] and manifest.get("embedder_reads", weights) != weights:
        raise ModelError(
            f"{path}: {EMBEDDER} takes its word embeddings from another {WEIGHTS}; "
            "write it anew: python -m training.embedder"
        )
    for found in folder.iterdir():
        if found.name not in {*manifest["files"], MANIFEST, "README.md", "torch"}:
            raise ModelError(f"{found}: is not listed in {MANIFEST}; remove it or export again")

    own = CODEBOOK in manifest["files"]
    codebook = Codebook.load(folder / CODEBOOK if own else manifest["codebook"])
    frames = tuple(manifest["frames"])
    if frames != codebook.frame_ids:
        wrong = next(
            (
                f"'{a}' where the codebook has '{b}'"
                for a, b in zip(frames, codebook.frame_ids, strict=False)
                if a != b
            ),
            f"{len(frames)} frames, the codebook has {len(codebook.frame_ids)}",
        )
        raise ModelError(f"{path}: frames do not follow codebook {codebook.id}: {wrong}")
    if manifest["codebook_digest"] != codebook.digest:
        raise ModelError(
            f"{path}: made for another version of codebook {codebook.id} (digest "
            f"{manifest['codebook_digest'][:12]}, installed {codebook.digest[:12]}); "
            "use the library version that it was made with, or export again"
        )
    calibration = manifest["calibration"]
    if calibration.get("method") != "platt":
        raise ModelError(f"{path}: calibration method {calibration.get('method')!r} is unknown")
    numbers = {
        key: _numbers(calibration.get(key), len(frames), f"{path}: calibration.{key}")
        for key in ("scale", "shift")
    }
    if set(manifest["thresholds"]) != set(frames):
        raise ModelError(f"{path}: thresholds do not name exactly the frames of the codebook")
    limits = _numbers(
        [manifest["thresholds"][f] for f in frames], len(frames), f"{path}: thresholds"
    )
    if not all(0 < t < 1 for t in limits):
        raise ModelError(f"{path}: a threshold lies outside (0, 1)")
    if not 8 <= manifest["max_tokens"] <= 8192:
        raise ModelError(f"{path}: max_tokens {manifest['max_tokens']} lies outside [8, 8192]")
    return Artefact(
        folder=folder,
        name=manifest["name"],
        revision=manifest["revision"],
        sha256=digest,
        codebook=codebook,
        thresholds=dict(zip(frames, limits, strict=True)),
        scale=numbers["scale"],
        shift=numbers["shift"],
        max_tokens=manifest["max_tokens"],
        languages=tuple(manifest["languages"]),
        manifest=manifest,
        mixture=(
            Mixture.of(calibration["voice"], f"{path}: calibration.voice")
            if "voice" in calibration
            else None
        ),
    )


def write_manifest(folder: Path, values: Mapping[str, Any], files: tuple[str, ...]) -> None:
    """Write `manifest.json` with `values` and the hashes of `files`, all of which must exist."""
    entries = {}
    for name in files:
        raw = (folder / name).read_bytes()
        entries[name] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    manifest = {"format": FORMAT, **values, "files": entries}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _read_manifest(path: Path) -> tuple[dict[str, Any], str]:
    try:
        if path.stat().st_size > _MANIFEST_LIMIT:
            raise ModelError(f"{path}: larger than {_MANIFEST_LIMIT} bytes")
        raw = path.read_bytes()
        manifest = json.loads(raw.decode("utf-8"))
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be read ({error.strerror}); a model is a folder with {MANIFEST}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: is not JSON: {error}") from error
    if not isinstance(manifest, dict):
        raise ModelError(f"{path}: expected an object, got {type(manifest).__name__}")
    version = manifest.get("format")
    if version != FORMAT or isinstance(version, bool):
        raise ModelError(f"{path}: format {version!r:.60}; this version of framing reads {FORMAT}")
    for key in manifest:
        if key not in _KEYS and key not in _MAY_BE:
            raise ModelError(f"{path}: unknown key '{key}'.{did_you_mean(key, _KEYS)}")
    there = {key: kind for key, kind in _MAY_BE.items() if key in manifest}
    for key, kind in {**_KEYS, **there}.items():
        value = manifest.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ModelError(f"{path}: {key}: expected {kind.__name__}, got {value!r:.60}")
    for key in ("frames", "languages"):
        if not all(isinstance(v, str) for v in manifest[key]):
            raise ModelError(f"{path}: {key} holds something other than text")
    return manifest, hashlib.sha256(raw).hexdigest()


def _verify_shared(folder: Path, shares: Mapping[str, Any], path: Path) -> None:
    if set(shares) != {"name", "sha256", "bytes"} or not isinstance(shares["name"], str):
        raise ModelError(f"{path}: shares: expected name, sha256 and bytes")
    name = shares["name"]
    if Path(name).name != name or name.startswith("."):
        raise ModelError(f"{path}: shares: '{name}' is not a plain folder name")
    beside = folder.resolve().parent / name
    if not (beside / WEIGHTS).is_file():
        raise ModelError(
            f"{path}: shares its word embeddings with model '{name}', which must lie beside it: "
            f"{beside} has no {WEIGHTS}"
        )
    entry = {key: shares[key] for key in ("sha256", "bytes")}
    _verify_file(beside, WEIGHTS, entry, path)


def _verify_file(folder: Path, name: str, entry: object, path: Path) -> None:
    if Path(name).name != name or name.startswith("."):
        raise ModelError(f"{path}: '{name}' is not a plain file name")
    if not isinstance(entry, dict) or set(entry) != {"sha256", "bytes"}:
        raise ModelError(f"{path}: files.{name}: expected sha256 and bytes")
    file = folder / name
    try:
        size = file.stat().st_size
        if file.is_symlink() or size != entry["bytes"]:
            raise ModelError(f"{file}: {size} bytes, {MANIFEST} says {entry['bytes']}")
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror})") from error
    if digest != entry["sha256"]:
        raise ModelError(f"{file}: altered: sha256 {digest[:12]}, {MANIFEST} says another")


def _numbers(values: object, count: int, where: str) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) != count:
        raise ModelError(f"{where}: expected {count} numbers")
    for value in values:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise ModelError(f"{where}: {value!r:.40} is not a finite number")
    return tuple(float(value) for value in values)
