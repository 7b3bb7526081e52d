"""Hard places: a full disk, little memory, no home, no room under /tmp, odd locales and clocks.

Each runs the command as a process of its own. What a limit of the system refuses to everybody, root
included, is made with limits: a file size of 0 or 1 KiB stands for a full disk.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.test_cli import assert_one_clear_line

ROOT = Path(__file__).resolve().parents[1]
TEXT = "Bridge closed\n\nWe were never there. “We choose blackmail,” said Zoë Иванова. 桥。\n" * 3
PAGE = f"<!doctype html><html lang='en'><body><article><p>{TEXT}</p></article></body></html>"
FORMATS = ("table", "json", "jsonl", "csv", "html", "parquet", "stix", "annotation")
FULL = Path("/dev/full")


def framing(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    limits: Mapping[int, int] | None = None,
    stdout: int = subprocess.PIPE,
    program: tuple[str, ...] = (sys.executable, "-m", "framing"),
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*program, *map(str, arguments)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        preexec_fn=partial(_limit, limits or {}),
        timeout=240,
        check=False,
    )


def _limit(limits: Mapping[int, int]) -> None:
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))


@pytest.mark.parametrize("format", FORMATS)
def test_a_full_disk_leaves_the_old_output_and_no_scraps(
    toy_model: Path, article: Path, tmp_path: Path, format: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "scores"
    out.write_bytes(b"the old ones")
    done = framing("score", article, "--model", toy_model, "--format", format, "--output", out,
                   limits={resource.RLIMIT_FSIZE: 100})  # fmt: skip
    assert done.returncode == 2
    assert_one_clear_line(done, str(out), "cannot be written")
    assert out.read_bytes() == b"the old ones"
    whole = framing("score", article, "--model", toy_model, "--format", format, "--output", out)
    assert whole.returncode == 0
    assert out.stat().st_size > 100
    assert list(folder.iterdir()) == [out]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except OSError:
        pytest.skip("needs mount")
    if done.returncode:
        pytest.skip("needs the right to mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, *, leaving: int = 0) -> Path:
    """Fill a disk but for some bytes; return the file to delete for more."""
    file = disk / "ballast"
    free = os.statvfs(disk)
    with file.open("wb") as stream:
        stream.write(bytes(free.f_bavail * free.f_frsize - leaving))
    return file


@pytest.mark.parametrize("format", FORMATS)
def test_a_disk_that_fills_up_leaves_the_old_output_and_can_be_gone_on_with(
    toy_model: Path, disk: Path, tmp_path: Path, format: str
) -> None:
    article = tmp_path / "bridge.txt"
    article.write_text(TEXT, encoding="utf-8")
    out = disk / "scores"
    out.write_bytes(b"the old ones")
    ballast = fill(disk)
    arguments = ("score", article, "--model", toy_model, "--format", format, "--output")
    done = framing(*arguments, out)
    assert done.returncode == 2
    assert_one_clear_line(done, str(disk), "No space left")
    assert out.read_bytes() == b"the old ones"
    ballast.unlink()
    assert framing(*arguments, out).returncode == 0
    assert [f.name for f in disk.iterdir()] == ["scores"]
    elsewhere = tmp_path / "scores"
    assert framing(*arguments, elsewhere).returncode == 0
    if format != "html":
        assert out.stat().st_size == elsewhere.stat().st_size


def test_no_room_under_tmp_is_enough_to_score_a_page(
    toy_model: Path, disk: Path, tmp_path: Path
) -> None:
    pytest.importorskip("trafilatura")
    page = tmp_path / "bridge.html"
    page.write_text(PAGE, encoding="utf-8")
    fill(disk)
    done = framing("score", page, "--model", toy_model, "--format", "json",
                   env={"TMPDIR": str(disk)})  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


def test_workers_without_room_for_their_metrics_are_refused_in_one_line(
    toy_model: Path, disk: Path
) -> None:
    pytest.importorskip("fastapi")
    done = framing("serve", "--workers", "2", "--port", "0", "--model", toy_model,
                   env={"TMPDIR": str(disk)})  # fmt: skip
    assert done.returncode == 2
    assert_one_clear_line(done, str(disk), "set TMPDIR to another folder")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("format", FORMATS)
def test_a_full_disk_under_a_redirection_is_one_clear_line(
    toy_model: Path, article: Path, format: str
) -> None:
    with FULL.open("wb") as full:
        done = framing("score", article, "--model", toy_model, "--format", format,
                       stdout=full.fileno())  # fmt: skip
    assert done.returncode == 2
    assert_one_clear_line(done, "standard output", "No space left")


def test_a_page_is_read_where_no_file_can_be_written(toy_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    page = tmp_path / "bridge.html"
    page.write_text(PAGE, encoding="utf-8")
    env = {"TMPDIR": "/proc/none", "HOME": "/proc/none", "PYTHONDONTWRITEBYTECODE": "1"}
    done = framing("score", page, "--model", toy_model, "--format", "json", env=env,
                   limits={resource.RLIMIT_FSIZE: 0})  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("home", ["/proc", "/proc/none", "", "\udcff"])
def test_a_home_that_is_read_only_missing_or_odd_changes_nothing(
    toy_model: Path, article: Path, home: str
) -> None:
    arguments = ("score", article, "--model", toy_model, "--format", "json")
    assert framing(*arguments, env={"HOME": home}).stdout == framing(*arguments).stdout


def test_an_empty_environment_is_enough(toy_model: Path, article: Path) -> None:
    program = ("env", "-i", f"PYTHONPATH={ROOT}", sys.executable, "-m", "framing")
    done = framing("score", article, "--model", toy_model, program=program)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Иванова" in done.stdout.decode()


@pytest.mark.parametrize("format", ["table", "json", "csv", "html", "stix"])
def test_locale_and_time_zone_change_no_byte(toy_model: Path, article: Path, format: str) -> None:
    arguments = ("score", article, "--model", toy_model, "--format", format)
    plain = {"SOURCE_DATE_EPOCH": "1767225600"}
    odd = {**plain, "LC_ALL": "C", "LANG": "tr_TR", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
           "TZ": "Pacific/Kiritimati", "PYTHONIOENCODING": "ascii"}  # fmt: skip
    done = framing(*arguments, env=odd)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == framing(*arguments, env=plain).stdout


def test_a_clock_that_jumps_changes_no_score(
    toy_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    from framing.article import Article
    from framing.scoring import load

    scorer = load(str(toy_model))
    before = scorer.score(Article.from_text(TEXT))
    times = iter([0.0, -1e9, 4e9, 1e300] * 1000)
    monkeypatch.setattr(time, "time", lambda: next(times))
    assert scorer.score(Article.from_text(TEXT)) == before


def test_a_file_name_that_is_no_utf8_is_read_and_named(toy_model: Path, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\n\x1b[31m.txt"
    Path(os.fsdecode(name)).write_text(TEXT, encoding="utf-8")
    for format in ("table", "json", "jsonl", "csv", "html", "stix", "annotation"):
        done = framing("score", tmp_path, "--model", toy_model, "--format", format)
        assert (done.returncode, done.stderr) == (0, b""), format
        done.stdout.decode()
        if format not in ("csv", "html"):  # which have no escapes, and go to no terminal
            assert b"\x1b" not in done.stdout


def test_nothing_is_left_in_the_home_folder(toy_model: Path, article: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    framing("score", article, "--model", toy_model, env={"HOME": str(home)})
    assert list(home.rglob("*")) == []


def _pdf(path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(path)


WRITERS: dict[str, Callable[[Path], object]] = {
    "a.txt": lambda path: path.write_text(TEXT * 200, encoding="utf-8"),
    "a.html": lambda path: path.write_text(PAGE, encoding="utf-8"),
    "a.pdf": _pdf,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_two_gigabytes_of_address_space_are_enough(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    WRITERS[name](file)
    done = framing("score", file, "--format", "jsonl", limits={resource.RLIMIT_AS: 2_000_000_000})
    if name == "a.pdf":  # an empty page is a scan to us
        assert_one_clear_line(done, "a.pdf", "no text")
    else:
        assert (done.returncode, done.stderr) == (0, b"")
