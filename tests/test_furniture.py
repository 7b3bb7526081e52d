"""Page furniture is dropped with a reason, and no layout loses a line of its body."""

from __future__ import annotations

from textwrap import dedent

import pytest

from framing.article import Article
from framing.sentences import split

BODY = (
    "The ministry said on Monday that the bridge over the river would stay closed until spring.",
    '"We will not reopen it before the engineers have finished," deputy minister Ana Horvat said.',
    "Local traders complained that the closure had cost them half of their income since October.",
    "The river police have put up signs and a ferry crosses every hour, the ministry added.",
)


def read(text: str) -> tuple[str, Article]:
    article = Article.from_text(text)
    return " ".join(sentence.model_text for sentence in split(article)), article


def reasons(article: Article) -> dict[str, str]:
    return {article.text[d.start : d.end]: d.reason for d in article.dropped}


AGENCY = (
    f"""
    Bridge Stays Closed Until Spring, Ministry Says
    BRATINA, March 4. /TASS/. {BODY[0]}
    {BODY[1]}
    {BODY[2]}
    {BODY[3]}
    © 2022 Sample Agency. All rights reserved.
    """,
    ["/TASS/", "rights reserved"],
)
TABLOID = (
    f"""
    Bridge of sighs
    By Jane Doe, Chief Reporter
    Published: 4 March 2022, 10:15 GMT
    Share
    Facebook
    {BODY[0]}
    Most read in News
    {BODY[1]}
    READ MORE: Ten bridges you must see before you die
    {BODY[2]}
    Advertisement
    {BODY[3]}
    Comments (12)
    """,
    ["Jane Doe", "10:15", "Facebook", "Most read", "Ten bridges", "Advertisement", "Comments"],
)
BLOG = (
    f"""
    Why the bridge matters

    Posted by Old Walker
    {BODY[0]}

    {BODY[1]}

    {BODY[2]}

    {BODY[3]}

    Tags: bridges, rivers, politics
    Leave a comment
    """,
    ["Old Walker", "Tags", "Leave a comment"],
)
MINISTRY = (
    f"""
    Home
    Ministry
    Press service
    Contacts
    4 March 2022 16:20
    Comment by the press service on the bridge over the river
    {BODY[0]}
    {BODY[1]}
    {BODY[2]}
    {BODY[3]}
    Tel.: +7 495 123-45-67
    press@ministry.example
    https://ministry.example/news/1
    """,
    ["Home", "Contacts", "16:20", "495", "press@", "https"],
)
TELEGRAM = (
    f"""
    ⚡️ {BODY[0]}

    💬 {BODY[1]}

    ▪️ {BODY[2]}
    ▪️ {BODY[3]}

    👉 Subscribe to our channel @samplechannel
    🔗 Read more
    """,
    ["@samplechannel", "Read more"],
)
PDF = (
    """
    The ministry said on Monday that the bridge over the
    river would stay closed until spring. "We will not re-
    open it before the engineers have finished," deputy
    minister Ana Horvat said. Local traders complained that
    12
    the closure had cost them half of their in-
    come since October. The income of the traders is not
    known to anyone. The river police have put up signs and
    a ferry crosses every hour, the ministry added.
    """,
    ["12"],
)
NEWSLETTER = (
    f"""
    View this email in your browser
    The Morning Sample
    {BODY[0]}
    {BODY[1]}
    {BODY[2]}
    {BODY[3]}
    You are receiving this email because you signed up on our site.
    Unsubscribe | Update preferences
    © 2022 The Morning Sample
    """,
    ["in your browser", "You are receiving", "Unsubscribe", "©"],
)
RSS = (
    f"""
    Bridge stays closed
    https://sample.example/2022/03/04/bridge-stays-closed
    2022-03-04T10:15:00+00:00
    {BODY[0]}
    {BODY[1]}
    {BODY[2]}
    {BODY[3]}
    The post Bridge stays closed appeared first on Sample News.
    """,
    ["https", "T10:15", "appeared first"],
)
WAYBACK = (
    f"""
    The Wayback Machine - https://web.archive.org/web/20220304/https://sample.example/
    12 captures
    04 Mar 2022 - 05 Apr 2022
    About this capture
    Skip to main content
    World
    Sport
    Bridge stays closed until spring
    © AP Photo / JANE DOE
    Engineers are pictured on the bridge over the river. - Sample International, 1920, 04.03.2022
    {BODY[0]}
    {BODY[1]}
    {BODY[2]}
    {BODY[3]}
    """,
    ["Wayback", "captures", "Skip to", "Sport", "AP Photo", "pictured"],
)
LIVE_BLOG = (
    f"""
    Bridge closure: live updates
    10:15 GMT
    {BODY[0]}
    10:40 GMT
    {BODY[1]}
    11:05 GMT
    Ferry starts
    {BODY[2]}
    {BODY[3]}
    """,
    ["10:15", "10:40", "11:05"],
)
NEWSFEED = (
    f"""
    Bridge stays closed until spring
    20:33 GMT 28.12.2021 (Updated: 20:35 GMT 28.12.2021)
    {BODY[0]}
    {BODY[1]}
    {BODY[2]}
    {BODY[3]}
    Newsfeed
    21:05 GMTAircraft Carrier Ordered to Stay in Port
    20:38 GMTFootball Club Sacks Its Third Coach of the Year
    20:19 GMTRain Expected Over the Weekend
    """,
    ["20:33", "Newsfeed", "Aircraft", "Football", "Rain"],
)
COOKIES = (
    f"""
    We use cookies to give you the best experience on our website.
    Accept all
    Sign up for our newsletter and get the news in your inbox
    Bridge stays closed until spring
    {BODY[0]}
    {BODY[1]}
    {BODY[2]}
    {BODY[3]}
    Correction: an earlier version of this article gave a wrong name for the river.
    """,
    ["cookies", "Accept all", "newsletter"],
)
LAYOUTS = {
    "agency": AGENCY,
    "tabloid": TABLOID,
    "blog": BLOG,
    "ministry": MINISTRY,
    "telegram": TELEGRAM,
    "pdf": PDF,
    "newsletter": NEWSLETTER,
    "rss": RSS,
    "wayback": WAYBACK,
    "live blog": LIVE_BLOG,
    "newsfeed": NEWSFEED,
    "cookies": COOKIES,
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_keeps_every_sentence_of_its_body(name: str) -> None:
    kept, _ = read(dedent(LAYOUTS[name][0]).strip())
    for sentence in BODY:
        assert sentence in kept


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_loses_its_furniture(name: str) -> None:
    text, furniture = LAYOUTS[name]
    kept, article = read(dedent(text).strip())
    dropped = " ".join(reasons(article))
    for piece in furniture:
        assert piece not in kept
        assert piece in dropped


def test_corrections_are_kept() -> None:
    assert "Correction: an earlier version" in read(dedent(COOKIES[0]).strip())[0]


def test_every_letter_is_kept_or_listed_as_dropped() -> None:
    for text, _ in LAYOUTS.values():
        article = Article.from_text(dedent(text))
        seen = bytearray(len(article.text))
        for span in [*split(article), *article.dropped]:
            seen[span.start : span.end] = b"\1" * (span.end - span.start)
        assert all(seen[n] for n, char in enumerate(article.text) if char.isalnum())


GLUED = "".join(BODY)
TWICE = "\n".join(
    [
        "Bridge Stays Closed Until Spring, Ministry Says",
        "https://sample.example/bridge",
        BODY[0],
        "2021-12-28T20:33+0000",
        "bridge",
        "river",
        "/html/head/meta[@name='og:title']/@content",
        GLUED,
        "feedback@sample.example",
        "+74956456601",
        "Bridge Stays Closed Until Spring, Ministry Says",
        f"BRATINA (Sample) - {BODY[0]}",
        BODY[1],
        "Asked about the ferry, Horvat said that it would run at night too if the traders paid.",
        BODY[2],
        BODY[3],
        "300000",
        "Discuss",
    ]
)


def test_of_two_copies_the_glued_one_goes() -> None:
    kept, article = read(TWICE)
    for sentence in BODY:
        assert kept.count(sentence) == 1
    assert reasons(article)[GLUED] == "second copy"
    assert "Asked about the ferry" in kept


def test_a_repeated_title_is_kept_once_beside_the_body() -> None:
    article = Article.from_text(TWICE)
    titles = [block for block in article.blocks if block.kind == "title"]
    assert len(titles) == 1
    assert titles[0].start > TWICE.index("feedback")


def test_what_only_the_weaker_copy_holds_is_kept() -> None:
    extra = "The mayor of the town, who was not told of the closure, called it a disgrace to all."
    kept, _ = read(TWICE.replace(GLUED, "".join([*BODY[:2], extra, *BODY[2:]])))
    assert kept.count(extra) == 1
    assert all(kept.count(sentence) == 1 for sentence in BODY)


def test_the_dateline_gives_the_source_and_is_not_part_of_the_sentence() -> None:
    article = Article.from_text(f"UNITED NATIONS (Sputnik) - {BODY[0]}")
    assert split(article)[0].text == BODY[0]
    assert article.source == "Sputnik"
    assert article.dropped[0].reason == "dateline"


@pytest.mark.parametrize(
    "opening",
    [
        "MOSCOW, May 1. /TASS/. ",
        "KIEV (Reuters) - ",
        "HORLIVKA, August 6 (RIA Novosti) - ",
        "TUCSON, Ariz. – ",
        "WASHINGTON — ",
        "Washington (AFP) – ",
        "LONDON, August 14th. /tass/. ",
        "KALADOU, June 3. ",
    ],
)
def test_datelines_of_many_styles_are_cut_off(opening: str) -> None:
    assert split(Article.from_text(opening + BODY[0]))[0].text == BODY[0]


@pytest.mark.parametrize(
    "text",
    [
        "NATO – The alliance said on Monday that it would not send troops to the river at all.",
        "He said (Reuters) - and nobody else - had reported the closure of the bridge on Monday.",
        "Speaking in Moscow, the minister (Horvat) said that the bridge was closed until spring.",
    ],
)
def test_sentences_that_only_resemble_a_dateline_stay_whole(text: str) -> None:
    assert split(Article.from_text(text))[0].text == text


@pytest.mark.parametrize(
    "lines",
    [
        ["Bridge closed until spring", "Ferry to run every hour", "Traders angry at closure"],
        ["He said no.", "She said yes.", "They left.", "By Monday it was over.", "Nobody came."],
        ["- open the bridge", "- pay the traders", "- run the ferry", BODY[0]],
        [BODY[0], "What happens next?", BODY[1], "The ferry", BODY[2]],
        ["Photos of the year: what we saw on the river", BODY[0]],
        ["Watch: the minister explains the closure of the bridge", BODY[0], BODY[1]],
        ["VIDEO: Bridge collapses in storm", "Share of renewables rises in spring", BODY[0]],
        [BODY[0], "Comments by the minister angered the traders", BODY[1]],
        [BODY[0], "Subscribers to the theory are few", "Related problems remain", BODY[1]],
        [BODY[0], "24 February 2022", BODY[1]],
        ["Mr. President,", BODY[0], "Thank you.", BODY[1], "Thank you."],
        [BODY[0], BODY[1], BODY[2], BODY[3], BODY[0]],
    ],
)
def test_plain_articles_lose_nothing(lines: list[str]) -> None:
    article = Article.from_text("\n".join(lines))
    assert article.dropped == ()


def test_a_caption_with_its_credit_is_dropped_over_a_line_end() -> None:
    caption = (
        "Deputy minister Ana Horvat (L) and the chief engineer at the bridge on Monday. Sergei\n"
        "Petrov / TASS"
    )
    kept, article = read(f"{caption}\n\n{BODY[0]}\n\n{BODY[1]}")
    assert kept == f"{BODY[0]} {BODY[1]}"
    assert "photo caption" in reasons(article).values()


def test_a_credit_at_the_end_of_a_paragraph_takes_no_sentence_with_it() -> None:
    paragraph = " ".join(BODY)
    kept, article = read(f"{paragraph} © Sample TV")
    assert kept == paragraph
    assert list(reasons(article).values()) == ["photo credit"]


def test_closing_source_lines_are_dropped() -> None:
    text = f'{BODY[0]}\n{BODY[1]}\nGroup "River - World"\nPhoto: Creative Commons\n'
    _, article = read(text + "Based on materials from RIA Novosti")
    assert [d.reason for d in article.dropped] == ["source note", "photo credit", "source note"]


def test_a_speech_that_repeats_itself_is_not_a_second_copy() -> None:
    refrain = "We shall go on to the end, and we shall fight in the fields and in the streets."
    text = "\n".join([BODY[0], refrain, BODY[1], refrain, BODY[2], BODY[3]])
    assert Article.from_text(text).dropped == ()
