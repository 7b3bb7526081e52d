"""The pages of articles and comparisons: nothing of an article becomes markup or runs."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from framing.article import Article, Block, Dropped
from framing.compare import compare
from framing.page import articles_page, colour_rules
from framing.results import ArticleScore
from framing.scoring import Scorer, load

HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<svg/onload=document.title='owned'>",
    "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\"></iframe>",
    '" onmouseover="document.title=\'owned\'" x="',
    "' autofocus onfocus='document.title=1' y='",
    "</style><style>*{display:none}</style>",
    "</title><meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<a href=\"javascript:document.title='owned'\">read</a>",
    "--><base href=//evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "&lt;b&gt; &#60;script&#62; {{7*7}} ${7*7} \u202e\x00\ud800 <plaintext>",
)
TAGS = set(
    "html head meta title style body main article section h1 h2 p div span strong em b i u a small "
    "fieldset legend label input table tr th td details summary blockquote".split()
)


class Nodes(HTMLParser):
    """Collects the elements and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture
def scorer(toy_model: Path) -> Scorer:
    return load(str(toy_model))


def passage(text: str) -> Article:
    return Article(text, (Block(0, len(text), "paragraph"),))


def hostile(scorer: Scorer, text: str) -> ArticleScore:
    """Return a result that holds `text` wherever an article or a model can put it."""
    result = scorer.score(passage(f"Blackmail blackmail {text} blackmail."))
    sentences = tuple(
        dataclasses.replace(s, speaker=text, frames=tuple(s.scores), voice="quoted")
        for s in result.sentences
    )
    return dataclasses.replace(
        result,
        sentences=sentences,
        title=text,
        source=text,
        date=text,
        origin=text,
        language=text,
        warnings=(text,),
        dropped=(Dropped(0, len(result.text), text),),
        provenance=dataclasses.replace(result.provenance, model=text, revision=text),
    )


def pages(scorer: Scorer, text: str) -> list[str]:
    result = hostile(scorer, text)
    return [
        result.to_html(),
        result.to_html(evidence=scorer.evidence(result)),
        compare([result, dataclasses.replace(scorer.score("We."), provenance=result.provenance)])
        .to_html(),
    ]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_text_and_never_a_node(scorer: Scorer, text: str) -> None:
    harmless = pages(scorer, "harmless")
    for page, plain in zip(pages(scorer, text), harmless, strict=True):
        nodes = Nodes(page)
        assert {tag for tag, _ in nodes.tags} <= TAGS
        assert {t for t, _ in nodes.tags} == {t for t, _ in Nodes(plain).tags}
        for tag, attributes in nodes.tags:
            assert not [name for name in attributes if name.startswith("on")]
            assert set(attributes) & {"src", "srcdoc", "action", "autofocus"} == set()
            assert re.fullmatch(r"#a\d+s\d+", attributes.get("href") or "#a1s0"), tag
        page.encode("utf-8")


def test_hostile_text_is_still_readable(scorer: Scorer) -> None:
    page = scorer.score(passage("He said <script>alert(1)</script> & left.")).to_html()
    assert "He said <script>alert(1)</script> & left." in "".join(Nodes(page).text)


def test_a_policy_forbids_scripts_and_requests(scorer: Scorer) -> None:
    for page in pages(scorer, "x"):
        policies = [a for tag, a in Nodes(page).tags if tag == "meta" and "http-equiv" in a]
        assert [p["content"] for p in policies] == ["default-src 'none'; style-src 'unsafe-inline'"]
        assert "url(" not in page
        assert "@import" not in page


def test_evidence_words_are_underlined_only_when_given(scorer: Scorer) -> None:
    result = scorer.score("We choose blackmail blackmail blackmail.")
    assert '<b class="ev c-' not in result.to_html()
    page = result.to_html(evidence=scorer.evidence(result))
    assert re.search(r'<b class="ev c-\w+">blackmail</b>', page)
    assert "We choose " in "".join(Nodes(page).text)


def test_the_text_of_a_marked_sentence_is_whole(scorer: Scorer) -> None:
    text = "“We choose <blackmail> & blackmail, 👍 there – blackmail blackmail.”"
    result = scorer.score(passage(text))
    page = result.to_html(evidence=scorer.evidence(result))
    shown = "".join(Nodes(page.split('class="tip"')[0]).text)
    for part in ("“We choose <", "> & ", ", 👍 there – "):
        assert part in shown


def test_a_frame_of_an_explanation_that_is_not_carried_says_so(scorer: Scorer) -> None:
    result = scorer.score("We were never there.")
    page = result.to_html(evidence=scorer.evidence(result, frame="denial"))
    assert "below its threshold" in page
    assert 'class="s author"' in page


def test_a_page_of_several_articles_has_no_id_twice(scorer: Scorer) -> None:
    results = list(scorer.score_many(["Blackmail! We were there.", "Blackmail!"]))
    ids = [a["id"] for _, a in Nodes(articles_page(results)).tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_eighteen_frames_have_eighteen_colours(scorer: Scorer) -> None:
    rules = colour_rules(scorer.codebook.frame_ids)
    assert len(set(re.findall(r"--c:(.*?);", rules))) == 18


def test_no_articles_make_a_page_too() -> None:
    assert "No articles" in articles_page([])


def test_the_command_underlines_evidence_on_request_only(toy_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Blackmail blackmail blackmail!", encoding="utf-8")
    command = [sys.executable, "-m", "framing", "score", str(file), "--model", str(toy_model)]

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *options], capture_output=True, encoding="utf-8", timeout=120, check=False
        )

    assert '<b class="ev' not in run("--format", "html").stdout
    assert '<b class="ev' in run("--format", "html", "--explain").stdout
    refused = run("--explain")
    assert refused.returncode == 2
    assert "--explain goes with --format html" in refused.stderr


@pytest.mark.slow
def test_a_browser_makes_no_node_of_hostile_text(scorer: Scorer, tmp_path: Path) -> None:
    browser = os.environ.get("FRAMING_CHROMIUM") or shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium on this machine; set FRAMING_CHROMIUM to its path")
    results = [hostile(scorer, text) for text in HOSTILE]
    evidence = [scorer.evidence(result) for result in results]
    page = tmp_path / "page.html"
    page.write_text(articles_page(results, evidence=evidence), encoding="utf-8")
    flags = (
        "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
        "disable-component-update disable-sync dump-dom virtual-time-budget=2000"
    )
    done = subprocess.run(
        [
            browser,
            *(f"--{flag}" for flag in flags.split()),
            f"--user-data-dir={tmp_path / 'profile'}",
            page.as_uri(),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    nodes = Nodes(done.stdout)
    tags = {tag for tag, _ in nodes.tags}
    assert "article" in tags
    assert tags <= TAGS | {"tbody"}
    assert not [name for _, a in nodes.tags for name in a if name.startswith("on")]
    assert "<title>Framing</title>" in done.stdout
    assert sum(tag == "article" for tag, _ in nodes.tags) == len(HOSTILE)
