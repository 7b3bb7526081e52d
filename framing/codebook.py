"""Codebooks: versioned, ordered sets of frames with their definitions, rules, examples and cues.

A codebook is one YAML file. `influence-1` and `generic-1` are shipped; your own is a file of the
same shape, loaded by its path. Loading checks everything, and a mistake is named by file and line.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

import yaml

from framing.errors import CodebookError, did_you_mean

try:  # The C parser reads a codebook about ten times as fast.
    from yaml import CSafeLoader as _Loader
except ImportError:
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

__all__ = ["Codebook", "Frame", "FrozenMap", "Replaces", "shipped_codebooks"]

MAX_BYTES = 1 << 20
_MAX_DEPTH = 12
_FOLDER = Path(__file__).parent / "codebooks"
_FRAME_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CODEBOOK_ID = re.compile(r"[a-z][a-z0-9]*([-_.][a-z0-9]+)*-[0-9]+")
_TEXT_TAG = "tag:yaml.org,2002:str"

V = TypeVar("V")


class FrozenMap(Mapping[str, V], Generic[V]):
    """A mapping that cannot change, keeps its order, and can be hashed and pickled."""

    __slots__ = ("_items",)
    _items: tuple[tuple[str, V], ...]

    def __init__(self, items: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        pairs = items.items() if isinstance(items, Mapping) else items
        self._items = tuple(dict(pairs).items())

    def __getitem__(self, key: str) -> V:
        for name, value in self._items:
            if name == key:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items))  # equal whatever the order, as == is

    def __repr__(self) -> str:
        return f"FrozenMap({dict(self._items)!r})"


@dataclass(frozen=True, slots=True)
class Frame:
    """One category of a codebook: what it means, when it holds, when not, and how it sounds."""

    id: str
    name: str
    group: str
    definition: str  # continues "a sentence carries it when it ..."
    when: tuple[str, ...] = ()
    when_not: tuple[str, ...] = ()
    boundary: tuple[str, ...] = ()  # where it ends and a neighbour begins
    examples: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()  # regular expressions, to be matched without regard to case
    crosswalk: Mapping[str, tuple[str, ...]] = FrozenMap()  # other scheme -> its names for this


@dataclass(frozen=True, slots=True)
class Replaces:
    """What became of the frames of an older codebook; frames not named here kept their id."""

    codebook: str
    renamed: Mapping[str, str] = FrozenMap()  # old -> new
    merged: Mapping[str, tuple[str, ...]] = FrozenMap()  # new -> the old ones
    split: Mapping[str, tuple[str, ...]] = FrozenMap()  # old -> the new ones
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Codebook:
    """A versioned, ordered set of frames; load one with `Codebook.load("influence-1")`.

    The order of `frames` is the order of a model's columns.
    """

    id: str
    name: str
    description: str
    groups: tuple[str, ...]
    voices: Mapping[str, str]  # value -> what it means
    frames: tuple[Frame, ...]
    # What a sentence may put forward by rejecting a claim; the other frames lapse where it only
    # rejects. Empty: nothing lapses.
    kept_when_rejected: tuple[str, ...] = ()
    replaces: Replaces | None = None

    @classmethod
    def load(cls, name_or_path: str | PathLike[str]) -> Codebook:
        """Load a shipped codebook by its id, or your own by the path of its YAML file.

        Raises `CodebookError` that names file, line and mistake.
        """
        if isinstance(name_or_path, str) and name_or_path in shipped_codebooks():
            return _shipped(name_or_path)
        path = Path(name_or_path)
        if not path.is_file():
            shipped = shipped_codebooks()
            raise CodebookError(
                f"no codebook '{name_or_path}': neither shipped ({', '.join(shipped)}) nor a file."
                f"{did_you_mean(str(name_or_path), shipped)}"
            )
        return cls.from_yaml(_read(path), where=str(path))

    @classmethod
    def from_yaml(cls, text: str, *, where: str = "codebook") -> Codebook:
        """Read a codebook from YAML text; `where` names it in errors (`where:line: mistake`)."""
        return _Reader(where).codebook(text)

    @property
    def frame_ids(self) -> tuple[str, ...]:
        """The ids of the frames, in column order."""
        return tuple(frame.id for frame in self.frames)

    def frame(self, frame_id: str) -> Frame:
        """Return the frame with this id, or raise `CodebookError` with the nearest right one."""
        for frame in self.frames:
            if frame.id == frame_id:
                return frame
        raise CodebookError(
            f"no frame '{frame_id}' in codebook {self.id}.{did_you_mean(frame_id, self.frame_ids)}"
        )

    @property
    def digest(self) -> str:
        """The SHA-256 (hex) of what defines the labels; models and data name it.

        It covers the codebook's id, the frames' ids in order, their definitions and rules (`when`,
        `when_not`, `boundary`), and the voices. It does not cover names, groups, examples, near
        misses, cues, crosswalk or `kept_when_rejected`, nor how lines are wrapped: better examples
        do not invalidate a model.
        """
        content = {
            "id": self.id,
            "voices": dict(self.voices),
            "frames": [
                [f.id, f.definition, list(f.when), list(f.when_not), list(f.boundary)]
                for f in self.frames
            ],
        }
        canonical = json.dumps(content, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()

    def to_yaml(self) -> str:
        """Return the codebook as YAML text that `from_yaml` reads back to an equal codebook."""
        plain = {name: value for name, value in _plain(self).items() if value is not None}
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)

    def write(self, path: str | PathLike[str]) -> None:
        """Write the codebook to a YAML file; a codebook that `load` would refuse is refused."""
        text = self.to_yaml()
        Codebook.from_yaml(text, where=str(path))
        Path(path).write_text(text, encoding="utf-8")


def shipped_codebooks() -> tuple[str, ...]:
    """Return the ids of the codebooks that come with the library, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def _shipped(name: str) -> Codebook:
    path = _FOLDER / f"{name}.yaml"
    return Codebook.from_yaml(_read(path), where=str(path))


def _plain(value: Any) -> Any:
    """Return dataclasses, mappings and tuples as what YAML can dump, empty fields left out."""
    if isinstance(value, (Codebook, Frame, Replaces)):
        items = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        return {name: item for name, item in items.items() if item not in ([], {})}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CodebookError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise CodebookError(f"{path}: larger than {MAX_BYTES >> 20} MiB, not a codebook")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CodebookError(
            f"{path}:{line}: byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from error


class _Reader:
    """Turns the node tree of one YAML file into a codebook, so that each mistake has its line."""

    def __init__(self, where: str) -> None:
        self.where = where

    def fail(self, at: yaml.Node | yaml.Event | int, message: str) -> NoReturn:
        line = at if isinstance(at, int) else at.start_mark.line + 1  # type: ignore[union-attr]
        # It may quote the file: one line and no control characters, whatever stands there.
        shown = "".join(c if c.isprintable() else " " for c in message[:1000])
        raise CodebookError(f"{self.where}:{line}: {' '.join(shown.split())}")

    def codebook(self, text: str) -> Codebook:
        root = self.compose(text)
        values = self.mapping(
            root,
            "the codebook",
            required=("id", "name", "description", "groups", "voices", "frames"),
            optional=("kept_when_rejected", "replaces"),
        )
        codebook_id = self.text(values["id"], "id")
        if not _CODEBOOK_ID.fullmatch(codebook_id):
            self.fail(
                values["id"],
                f"codebook id '{codebook_id}' is not a lower-case name with a version, "
                "such as 'influence-1'",
            )
        groups = self.names(values["groups"], "groups")
        voices = self.entries(values["voices"], "voices")
        items = self.items(values["frames"], "frames")
        if not items:
            self.fail(values["frames"], "frames is empty; a codebook has at least one frame")
        frames: dict[str, Frame] = {}
        for item in items:
            frame = self.frame(item, groups)
            if frame.id in frames:
                self.fail(item, f"frame '{frame.id}' is already defined above")
            frames[frame.id] = frame
        kept: tuple[str, ...] = ()
        if "kept_when_rejected" in values:
            kept = self.names(values["kept_when_rejected"], "kept_when_rejected")
            for name in kept:
                if name not in frames:
                    self.fail(
                        values["kept_when_rejected"],
                        f"kept_when_rejected names '{name}', which is no frame of this codebook."
                        f"{did_you_mean(name, tuple(frames))}",
                    )
        replaces = values.get("replaces")
        return Codebook(
            id=codebook_id,
            name=self.text(values["name"], "name"),
            description=self.text(values["description"], "description"),
            groups=groups,
            voices=FrozenMap({name: self.text(v, f"voice '{name}'") for name, v in voices.items()}),
            frames=tuple(frames.values()),
            kept_when_rejected=kept,
            replaces=self.replaces(replaces, tuple(frames)) if replaces else None,
        )

    def compose(self, text: str) -> yaml.Node:
        """Return the root node; aliases and deep nesting are refused before anything is built."""
        try:
            depth = 0
            for event in yaml.parse(text, Loader=_Loader):
                anchor = getattr(event, "anchor", None)
                if anchor is not None:
                    self.fail(
                        event, f"anchors and aliases ('{anchor}') are not allowed; write it out"
                    )
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                if depth > _MAX_DEPTH:
                    self.fail(event, "nested too deep for a codebook")
            root = yaml.compose(text, Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            position = getattr(error, "position", 0)
            line = mark.line + 1 if mark else text.count("\n", 0, position) + 1
            problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "wrong"
            self.fail(line, f"not valid YAML: {problem}")
        except UnicodeEncodeError as error:
            self.fail(text.count("\n", 0, error.start) + 1, "a lone surrogate is not text")
        if root is None:
            self.fail(1, "empty; a codebook starts with 'id: name-1'")
        return root

    def frame(self, node: yaml.Node, groups: tuple[str, ...]) -> Frame:
        what = "a frame"
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == "id" and isinstance(value, yaml.ScalarNode):
                    what = f"frame '{value.value}'"
        lists = ("when", "when_not", "boundary", "examples", "near_misses", "cues")
        values = self.mapping(
            node,
            what,
            required=("id", "name", "group", "definition"),
            optional=(*lists, "crosswalk"),
        )
        frame_id = self.frame_id(values["id"], "id")
        group = self.text(values["group"], f"group of {what}")
        if group not in groups:
            self.fail(
                values["group"],
                f"{what} is in group '{group}', groups are {', '.join(groups)}."
                f"{did_you_mean(group, groups)}",
            )
        for cue in self.items(values["cues"], f"cues of {what}") if "cues" in values else ():
            self.cue(cue, what)
        crosswalk = self.entries(values.get("crosswalk"), f"crosswalk of {what}")
        return Frame(
            id=frame_id,
            name=self.text(values["name"], f"name of {what}"),
            group=group,
            definition=self.text(values["definition"], f"definition of {what}"),
            crosswalk=FrozenMap(
                {scheme: self.texts(v, f"{scheme} of {what}") for scheme, v in crosswalk.items()}
            ),
            **{
                name: self.texts(values[name], f"{name} of {what}", keep=name == "cues")
                for name in lists
                if name in values
            },
        )

    def cue(self, node: yaml.Node, what: str) -> None:
        pattern = self.text(node, f"a cue of {what}", keep=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # e.g. "possible nested set"
                compiled = re.compile(pattern, re.IGNORECASE)
        except (re.error, Warning, OverflowError, RecursionError) as error:
            self.fail(node, f"cue '{pattern}' of {what} is not a regular expression: {error}")
        if compiled.match(""):
            self.fail(node, f"cue '{pattern}' of {what} matches the empty text, so everything")

    def replaces(self, node: yaml.Node, frame_ids: tuple[str, ...]) -> Replaces:
        values = self.mapping(
            node,
            "replaces",
            required=("codebook",),
            optional=("renamed", "merged", "split", "removed"),
        )
        moved: set[str] = set()

        def old(name: str, at: yaml.Node) -> str:
            if name in moved:
                self.fail(at, f"replaces moves frame '{name}' twice")
            moved.add(name)
            return name

        def new(name: str, at: yaml.Node) -> str:
            if name not in frame_ids:
                self.fail(
                    at,
                    f"replaces leads to '{name}', which is no frame of this codebook."
                    f"{did_you_mean(name, frame_ids)}",
                )
            return name

        renamed = self.entries(values.get("renamed"), "renamed")
        merged = self.entries(values.get("merged"), "merged")
        split = self.entries(values.get("split"), "split")
        removed = self.items(values["removed"], "removed") if "removed" in values else []
        return Replaces(
            codebook=self.text(values["codebook"], "codebook of replaces"),
            renamed=FrozenMap(
                {old(a, b): new(self.frame_id(b, f"renamed '{a}'"), b) for a, b in renamed.items()}
            ),
            merged=FrozenMap(
                {
                    new(a, b): tuple(old(n, b) for n in self.names(b, f"merged '{a}'"))
                    for a, b in merged.items()
                }
            ),
            split=FrozenMap(
                {
                    old(a, b): tuple(new(n, b) for n in self.names(b, f"split '{a}'"))
                    for a, b in split.items()
                }
            ),
            removed=tuple(old(self.frame_id(n, "removed"), n) for n in removed),
        )

    def mapping(
        self, node: yaml.Node, what: str, *, required: tuple[str, ...], optional: tuple[str, ...]
    ) -> dict[str, yaml.Node]:
        entries = self.entries(node, what)
        known = required + optional
        for key, value in entries.items():
            if key not in known:
                self.fail(
                    value,
                    f"{what} has an unknown key '{key}'.{did_you_mean(key, known)}"
                    f" Known are {', '.join(known)}",
                )
        for key in required:
            if key not in entries:
                self.fail(node, f"{what} has no '{key}'")
        return entries

    def entries(self, node: yaml.Node | None, what: str) -> dict[str, yaml.Node]:
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"{what} must be a mapping (key: value), not {_kind(node)}")
        entries: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = self.text(key_node, f"a key of {what}")
            if key in entries:
                self.fail(key_node, f"{what} has '{key}' twice")
            entries[key] = value
        return entries

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.fail(node, f"{what} must be a list ('- ...' lines), not {_kind(node)}")
        return list(node.value)

    def text(self, node: yaml.Node, what: str, *, keep: bool = False) -> str:
        """Return a text with its white space made single, or as it stands with `keep`."""
        if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT_TAG:
            self.fail(node, f"{what} must be text, not {_kind(node)}")
        text: str = node.value if keep else " ".join(node.value.split())
        if not text.strip():
            self.fail(node, f"{what} is empty")
        return text

    def texts(self, node: yaml.Node, what: str, *, keep: bool = False) -> tuple[str, ...]:
        texts: list[str] = []
        for item in self.items(node, what):
            text = self.text(item, f"a line in {what}", keep=keep)
            if text in texts:
                self.fail(item, f"{what} has '{text}' twice")
            texts.append(text)
        return tuple(texts)

    def frame_id(self, node: yaml.Node, what: str) -> str:
        frame_id = self.text(node, what)
        if not _FRAME_ID.fullmatch(frame_id):
            self.fail(
                node, f"{what} '{frame_id}' must be lower_snake: lower-case words joined by '_'"
            )
        return frame_id

    def names(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        items = self.items(node, what)
        if not items:
            self.fail(node, f"{what} is empty")
        names: list[str] = []
        for item in items:
            name = self.frame_id(item, f"a name in {what}")
            if name in names:
                self.fail(item, f"{what} has '{name}' twice")
            names.append(name)
        return tuple(names)


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    kind = str(node.tag).rpartition(":")[2]
    if kind == "null":
        return "nothing"
    if kind == "str":
        return f"the text '{node.value}'"
    return f"the {kind} {node.value} (put text in quotes)"
