"""Pages of many layouts are read whole, and the measure of that is right."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("trafilatura", reason="the extra 'html' is not installed")

from eval.__main__ import main
from eval.extraction import LAYOUTS, Layout, Measure, measure, overall, read_layout, read_layouts
from framing.errors import ArticleError

LEAST_RECALL, LEAST_PRECISION, LEAST_RECALL_OF_ANY = 0.995, 0.98, 0.97
BODY = (
    "The ministry said on Monday that the bridge over the river would stay closed until spring. "
    "Local traders complained that the closure had cost them half of their income since October."
)


@pytest.fixture(scope="module")
def measures() -> list[Measure]:
    return [measure(layout) for layout in read_layouts(LAYOUTS)]


def test_there_are_sixty_layouts_at_least() -> None:
    assert len(list(read_layouts(LAYOUTS))) >= 60


@pytest.mark.slow
def test_the_bodies_of_all_layouts_are_read_nearly_whole(measures: list[Measure]) -> None:
    total = overall(measures)
    assert total.recall >= LEAST_RECALL
    assert total.precision >= LEAST_PRECISION


@pytest.mark.slow
def test_no_layout_loses_much_of_its_body(measures: list[Measure]) -> None:
    short = {m.name: m.lost for m in measures if m.recall < LEAST_RECALL_OF_ANY}
    assert short == {}


def test_what_is_read_whole_and_alone_measures_one() -> None:
    one = measure(Layout("a.txt", BODY.encode(), BODY))
    assert (one.recall, one.precision, one.lost, one.junk) == (1.0, 1.0, (), ())


def test_a_lost_sentence_is_against_recall_and_named() -> None:
    more = f"{BODY} The ferry crosses every hour."
    one = measure(Layout("a.txt", BODY.encode(), more))
    assert one.precision == 1.0
    assert one.recall == pytest.approx(1 - 25 / one.body)
    assert one.lost == ("The ferry crosses every hour .",)


def test_a_strange_sentence_is_against_precision_unless_it_may_be_kept() -> None:
    page = f"{BODY} The ferry crosses every hour."
    one = measure(Layout("a.txt", page.encode(), BODY))
    assert one.recall == 1.0
    assert one.junk == ("The ferry crosses every hour .",)
    free = measure(Layout("a.txt", page.encode(), BODY, either="The ferry crosses every hour."))
    assert free.precision == 1.0


def test_quotation_marks_dashes_and_blanks_of_other_kinds_count_as_the_same() -> None:
    page = "“We will not reopen it,” she said – and the  engineers had not finished their work yet."
    body = '"We will not reopen it," she said - and the engineers had not finished their work yet.'
    assert measure(Layout("a.txt", page.encode(), body)).recall == 1.0


def test_a_page_that_cannot_be_read_recalls_nothing_and_says_why() -> None:
    one = measure(Layout("a.html", b"%PDF-1.7 ...", BODY))
    assert one.recall == 0
    assert one.error is not None


def test_marks_are_taken_out_of_the_page_and_tags_out_of_the_body(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<h1>⟪Title⟫</h1><p>⟦A <b>b</b>ridge &amp; a ferry⟧</p>", encoding="utf-8")
    layout = read_layout(page)
    assert layout.page == b"<h1>Title</h1><p>A <b>b</b>ridge &amp; a ferry</p>"
    assert (layout.body.strip(), layout.either.strip()) == ("A bridge & a ferry", "Title")


def test_a_page_without_a_body_and_an_empty_folder_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="has no pages"):
        read_layouts(tmp_path)
    (tmp_path / "a.txt").write_text("no marks")
    with pytest.raises(ArticleError, match=r"has no body; mark it .* a\.body"):
        list(read_layouts(tmp_path))


def test_the_command_prints_each_page_and_the_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text(f"⟦{BODY}⟧ The ferry crosses every hour.", encoding="utf-8")
    assert main(["extraction", str(tmp_path), "--passages"]) == 0
    out = capsys.readouterr().out
    assert "a.txt" in out
    assert "+ The ferry crosses every hour ." in out
    assert "1 layouts" in out
