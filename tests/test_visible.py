"""What an extractor loses of a page is found among its visible lines and put back in place."""

from __future__ import annotations

import pytest

pytest.importorskip("lxml", reason="the extra 'html' is not installed")

import lxml.html

from framing.visible import visible_lines, with_lost

ONE = "The ministry said on Monday that the bridge over the river would stay closed until spring."
TWO = "Local traders complained that the closure had cost them half of their income since October."
THREE = "The river police have put up signs and a ferry crosses every hour, the ministry added."


def lines(body: str) -> list[str]:
    return [line.text for line in visible_lines(lxml.html.document_fromstring(body))]


def mended(body: str, *extracted: str) -> list[str]:
    found = visible_lines(lxml.html.document_fromstring(body))
    return [text for _, text in with_lost([("paragraph", text) for text in extracted], found)]


def test_lines_break_where_a_browser_breaks_them() -> None:
    page = "<div>one<br>two <b>th</b>ree<p>four</p>five</div><ul><li>six</li></ul>"
    assert lines(page) == ["one", "two three", "four", "five", "six"]


def test_what_is_not_shown_is_no_line() -> None:
    page = "<p>a</p><script>b</script><p style='display: none'>c</p><p hidden>d</p><p>e</p>"
    assert lines(page) == ["a", "e"]


def test_an_empty_line_of_preformatted_text_parts_paragraphs() -> None:
    assert lines("<pre>a\nb\n\nc</pre>") == ["a b", "c"]


def test_a_paragraph_between_extracted_ones_is_put_back_in_its_place() -> None:
    page = f"<div><p>{ONE}</p><table><tr><td>{TWO}</td></tr></table><p>{THREE}</p></div>"
    assert mended(page, ONE, THREE) == [ONE, TWO, THREE]


def test_a_heading_is_put_back_with_the_paragraph_below_it() -> None:
    page = f"<div><p>{ONE}</p><h2>What is next</h2><a>Share</a><p>{TWO}</p></div>"
    assert mended(page, ONE, TWO) == [ONE, "What is next", TWO]


@pytest.mark.parametrize(
    "aside",
    [
        "<aside><p>{}</p></aside>",
        "<div class='related-posts'><p>{}</p></div>",
        "<div id='comments'><p>{}</p></div>",
        "<p><a href='/x'>{}</a></p>",
        "<figure><figcaption>{}</figcaption></figure>",
        "<article><p>{}</p></article>",
    ],
)
def test_what_stands_aside_is_not_put_back(aside: str) -> None:
    page = f"<div><p>{ONE}</p>{aside.format(TWO)}<p>{THREE}</p></div>"
    assert mended(page, ONE, THREE) == [ONE, THREE]


def test_what_stands_outside_the_element_of_the_body_is_not_put_back() -> None:
    page = f"<body><p>{TWO}</p><div><div><p>{ONE}</p><p>{THREE}</p></div></div></body>"
    assert mended(page, ONE, THREE) == [ONE, THREE]


def test_a_page_poured_into_one_paragraph_is_cut_into_its_lines() -> None:
    page = f"<nav>Home</nav><div>{ONE}</div><div>{TWO}</div>"
    assert mended(page, f"Home {ONE} {TWO}") == [ONE, TWO]


def test_a_page_in_which_nothing_was_found_gives_all_its_lines() -> None:
    assert mended(f"<div>{ONE}</div><div>{TWO}</div>") == [ONE, TWO]


def test_an_extraction_of_one_paragraph_stays_as_it_is() -> None:
    assert mended(f"<div><p>{ONE}</p></div><p>More news</p>", ONE) == [ONE]
