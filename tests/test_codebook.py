"""Codebooks: what loads, what is refused and with which line, and what the digest covers."""

from __future__ import annotations

import ast
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from framing.codebook import Codebook, Frame, FrozenMap, Replaces, shipped_codebooks
from framing.errors import CodebookError

ROOT = Path(__file__).resolve().parents[1]
SMALL = """\
id: weather-2
name: Weather talk
description: How a sentence speaks of the weather.
groups: [sky, ground]
voices:
  author: The article itself.
frames:
- id: storm_warning
  name: Warning
  group: sky
  definition: warns of a storm
  when:
  - A storm is said to come.
  cues:
  - \\bstorms?\\b
  crosswalk:
    other_scheme: [W1]
- id: mud
  name: Mud
  group: ground
  definition: complains of mud
"""


def small() -> Codebook:
    return Codebook.from_yaml(SMALL)


def refusal(text: str) -> str:
    with pytest.raises(CodebookError) as caught:
        Codebook.from_yaml(text, where="mine.yaml")
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", shipped_codebooks())
def test_a_shipped_codebook_bears_its_file_name(name: str) -> None:
    assert Codebook.load(name).id == name


def test_influence_has_its_eighteen_frames_in_order() -> None:
    codebook = Codebook.load("influence-1")
    assert codebook.frame_ids == (
        "sovereignty", "legitimacy", "historical_friendship", "reliable_partner",
        "security_provider", "multipolarity", "western_blackmail", "western_aggression",
        "western_failure", "neocolonialism", "hostile_plot", "blame_shifting", "demonisation",
        "double_standards", "denial", "discredit_media", "victimhood", "malign_influence",
    )  # fmt: skip
    assert codebook.groups == ("promote", "attack", "deflect", "counter")
    assert list(codebook.voices) == ["author", "quoted", "reported"]


def test_the_digest_of_influence_is_the_one_that_models_name() -> None:
    # To change it is to invalidate every model and label file: make influence-2 instead.
    assert Codebook.load("influence-1").digest == (
        "1d01435be1d0c1c8c5b949bea6f92fdd664cf0b715ede396ea1ec11212d3ad20"
    )


@pytest.mark.parametrize("name", shipped_codebooks())
def test_every_frame_has_examples_near_misses_and_cues(name: str) -> None:
    seen: set[str] = set()
    for frame in Codebook.load(name).frames:
        assert len(frame.examples) >= 4, frame.id
        assert len(frame.near_misses) >= 4, frame.id
        assert len(frame.cues) >= 5, frame.id
        assert not seen & {*frame.examples, *frame.near_misses}, "a sentence stands once"
        seen |= {*frame.examples, *frame.near_misses}


def test_cues_of_influence_find_more_examples_than_near_misses() -> None:
    hits = {"examples": 0, "near_misses": 0}
    for frame in Codebook.load("influence-1").frames:
        cues = [re.compile(cue, re.IGNORECASE) for cue in frame.cues]
        for kind in hits:
            hits[kind] += sum(any(c.search(s) for c in cues) for s in getattr(frame, kind))
    assert hits["examples"] > 3 * hits["near_misses"]


def test_no_module_knows_the_name_of_a_frame() -> None:
    # Strings and names of the code count; an example in a docstring does not.
    ids = {i for name in shipped_codebooks() for i in Codebook.load(name).frame_ids}
    ids -= {"policy", "political", "economic", "morality"}  # everyday words
    for path in sorted((ROOT / "framing").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for field in ("value", "id", "attr", "arg", "name"):
                word = getattr(node, field, None)
                assert not (isinstance(word, str) and word in ids), f"{path}: {word}"


def test_a_file_of_your_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "weather.yaml"
    path.write_text(SMALL, encoding="utf-8")
    codebook = Codebook.load(path)
    assert codebook == Codebook.load(str(path)) == small()
    assert codebook.frame_ids == ("storm_warning", "mud")
    assert codebook.frame("storm_warning").crosswalk["other_scheme"] == ("W1",)


def test_a_file_may_start_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "weather.yaml"
    path.write_text(SMALL, encoding="utf-8-sig")
    assert Codebook.load(path) == small()


@pytest.mark.parametrize("name", shipped_codebooks())
def test_a_written_codebook_is_read_back_equal(name: str, tmp_path: Path) -> None:
    codebook = Codebook.load(name)
    codebook.write(tmp_path / "copy.yaml")
    copy = Codebook.load(tmp_path / "copy.yaml")
    assert copy == codebook
    assert copy.digest == codebook.digest


def test_a_codebook_that_would_not_load_is_not_written(tmp_path: Path) -> None:
    wrong = replace(small(), frames=(Frame("Mud", "Mud", "ground", "complains of mud"),))
    with pytest.raises(CodebookError, match="lower_snake"):
        wrong.write(tmp_path / "wrong.yaml")
    assert not (tmp_path / "wrong.yaml").exists()


def test_a_codebook_can_be_pickled_and_hashed() -> None:
    codebook = Codebook.load("influence-1")
    copy = pickle.loads(pickle.dumps(codebook))
    assert copy == codebook
    assert hash(copy) == hash(codebook)


def test_a_codebook_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        small().id = "other-1"  # type: ignore[misc]
    with pytest.raises(TypeError):
        small().voices["author"] = "x"  # type: ignore[index]


@pytest.mark.parametrize(
    "change",
    [
        {"definition": "warns of a gale"},
        {"id": "gale_warning"},
        {"when": ("A gale is said to come.",)},
        {"when_not": ("It has passed.",)},
        {"boundary": ("Mud is another matter.",)},
    ],
)
def test_the_digest_changes_with_what_defines_the_labels(change: dict[str, str]) -> None:
    first, *rest = small().frames
    assert replace(small(), frames=(replace(first, **change), *rest)).digest != small().digest


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Gale"},
        {"examples": ("A storm is near.",)},
        {"near_misses": ("The storm of 1953 is remembered.",)},
        {"cues": ("gale",)},
        {"crosswalk": FrozenMap({"x": ("y",)})},
    ],
)
def test_better_examples_cues_and_crosswalks_keep_the_digest(change: dict[str, str]) -> None:
    first, *rest = small().frames
    assert replace(small(), frames=(replace(first, **change), *rest)).digest == small().digest


def test_the_digest_changes_with_order_voices_and_id() -> None:
    codebook = small()
    others = [
        replace(codebook, frames=codebook.frames[::-1]),
        replace(codebook, voices=FrozenMap({"author": "Nobody."})),
        replace(codebook, id="weather-3"),
    ]
    assert codebook.digest not in {other.digest for other in others}


def test_how_lines_are_wrapped_does_not_change_the_digest() -> None:
    wrapped = SMALL.replace("warns of a storm", "warns of\n    a storm")
    assert Codebook.from_yaml(wrapped).digest == small().digest


def test_an_unknown_frame_names_the_nearest() -> None:
    with pytest.raises(CodebookError, match=r"no frame 'mudd' in .* Did you mean 'mud'\?"):
        small().frame("mudd")


def test_an_unknown_codebook_names_the_nearest() -> None:
    with pytest.raises(CodebookError, match=r"no codebook 'influence'.*Did you mean 'influence-1'"):
        Codebook.load("influence")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("name: Weather talk\n", "", 1, "the codebook has no 'name'"),
        ("groups:", "grops:", 4, "unknown key 'grops'. Did you mean 'groups'?"),
        ("groups: [sky, ground]", "groups: sky", 4, "groups must be a list"),
        ("[sky, ground]", "[sky, sky]", 4, "groups has 'sky' twice"),
        ("id: weather-2", "id: Weather", 1, "codebook id 'Weather'"),
        ("id: storm_warning", "id: StormWarning", 8, "must be lower_snake"),
        ("id: mud", "id: storm_warning", 18, "frame 'storm_warning' is already defined above"),
        ("group: ground", "group: grond", 20, "groups are sky, ground. Did you mean 'ground'?"),
        (
            "definition: complains of mud",
            "definition: ' '",
            21,
            "definition of frame 'mud' is empty",
        ),
        ("  definition: complains of mud\n", "", 18, "frame 'mud' has no 'definition'"),
        ("complains of mud", "12", 21, "must be text, not the int 12"),
        ("complains of mud", "[a]", 21, "must be text, not a list"),
        ("name: Mud", "name: no", 19, "must be text, not the bool no (put text in quotes)"),
        ("name: Mud", "name:", 19, "must be text, not nothing"),
        ("name: Mud", "name: Mud\n  name: Mire", 20, "frame 'mud' has 'name' twice"),
        ("name: Mud", "name: Mud\n  exmples: [x]", 20, "Did you mean 'examples'?"),
        ("\\bstorms?\\b", "'(storm'", 15, "is not a regular expression"),
        ("\\bstorms?\\b", "'s*'", 15, "matches the empty text"),
        ("  - A storm is said to come.", "  - x\n  - x", 14, "has 'x' twice"),
        ("  when:\n  - A storm is said to come.", "  when: A storm", 12, "must be a list"),
        ("[W1]", "W1", 17, "must be a list"),
        ("warns of a storm", "&a warns of a storm", 11, "anchors and aliases"),
        ("complains of mud", "[[[[[[[[[[[[[[x]]]]]]]]]]]]]]", 21, "nested too deep"),
        ("name: Mud", "name: 'Mud", 19, "not valid YAML"),
        ("name: Mud", "name: M\0ud", 19, "not valid YAML"),
        ("name: Mud", "name: M\ud800ud", 19, "lone surrogate"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, message: str) -> None:
    assert old in SMALL
    found = refusal(SMALL.replace(old, new, 1))
    assert message in found
    if "YAML" not in message:  # an open quotation is noticed where the file ends
        assert found.startswith(f"mine.yaml:{line}: "), found
    else:
        assert re.match(r"mine\.yaml:\d+: ", found)


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "text", "a: 1\n---\nb: 2\n"])
def test_what_is_no_codebook_at_all_is_refused(text: str) -> None:
    assert re.match(r"mine\.yaml:\d+: ", refusal(text))


def test_a_codebook_without_frames_is_refused() -> None:
    assert "frames is empty" in refusal(SMALL[: SMALL.index("frames:")] + "frames: []\n")


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(SMALL.replace("Weather talk", "Météo").encode("latin-1"))
    with pytest.raises(CodebookError, match=r"latin\.yaml:2: byte 0xe9 is not UTF-8"):
        Codebook.load(path)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_text(SMALL + "# more\n" * 200_000, encoding="utf-8")
    with pytest.raises(CodebookError, match="larger than 1 MiB"):
        Codebook.load(path)


def test_a_newer_codebook_tells_what_became_of_the_old_frames() -> None:
    codebook = Codebook.from_yaml(
        SMALL + "replaces:\n  codebook: weather-1\n  renamed: {mire: mud}\n"
        "  merged: {storm_warning: [gale, squall]}\n  split: {wet: [mud, storm_warning]}\n"
        "  removed: [fog]\n"
    )
    assert codebook.replaces == Replaces(
        codebook="weather-1",
        renamed=FrozenMap({"mire": "mud"}),
        merged=FrozenMap({"storm_warning": ("gale", "squall")}),
        split=FrozenMap({"wet": ("mud", "storm_warning")}),
        removed=("fog",),
    )
    assert Codebook.from_yaml(codebook.to_yaml()) == codebook


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "renamed: {mire: mudd}",
            "'mudd', which is no frame of this codebook. Did you mean 'mud'?",
        ),
        ("removed: [fog, fog]", "moves frame 'fog' twice"),
        ("gone: [fog]", "unknown key 'gone'"),
    ],
)
def test_a_wrong_migration_is_named_with_its_line(entry: str, message: str) -> None:
    found = refusal(SMALL + f"replaces:\n  codebook: weather-1\n  {entry}\n")
    assert message in found
    assert found.startswith("mine.yaml:24: ")


def test_importing_the_package_does_not_load_yaml() -> None:
    code = "import sys, framing; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_frames_kept_when_rejected_are_frames_of_the_codebook() -> None:
    assert Codebook.from_yaml(SMALL + "kept_when_rejected: [mud]\n").kept_when_rejected == ("mud",)
    found = refusal(SMALL + "kept_when_rejected: [mudd]\n")
    assert "kept_when_rejected names 'mudd'" in found
    assert "Did you mean 'mud'" in found


def test_what_a_rejection_keeps_does_not_change_the_digest() -> None:
    plain, more = Codebook.from_yaml(SMALL), Codebook.from_yaml(SMALL + "kept_when_rejected: [mud]")
    assert plain.digest == more.digest
    assert Codebook.from_yaml(more.to_yaml()) == more
