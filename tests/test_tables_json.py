"""JSON lists and exported Telegram chats are read as tables of articles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing.article import Article
from framing.errors import ArticleError
from framing.tables import Columns, read_table

ONE = "The ministry said on Monday that the bridge over the river would stay closed until spring."
CHAT = {
    "name": "River Voice",
    "type": "public_channel",
    "messages": [
        {"id": 1, "type": "service", "date": "2023-03-14T10:00:00", "text": ""},
        {"id": 2, "type": "message", "date": "2023-03-14T10:20:11", "text": ONE},
        {"id": 3, "type": "message", "date": "2023-03-14T10:21:00", "photo": "a.jpg", "text": ""},
        {"id": 4, "type": "message", "text": ["See ", {"type": "bold", "text": "the ferry"}, "."]},
    ],
}


def read(tmp_path: Path, value: object, **columns: str) -> list[Article]:
    path = tmp_path / "result.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return list(read_table(path, columns=Columns(**columns)))


def test_a_chat_gives_an_article_a_message_with_date_source_and_origin(tmp_path: Path) -> None:
    one, two = read(tmp_path, CHAT)
    assert (one.text, one.date, one.source, one.origin) == (
        ONE, "2023-03-14", "River Voice", "River Voice/2",
    )  # fmt: skip
    assert two.text == "See the ferry."


def test_a_list_of_objects_is_read_by_its_columns(tmp_path: Path) -> None:
    (one,) = read(tmp_path, [{"body": ONE, "url": "a"}], text="body", id="url")
    assert (one.text, one.origin) == (ONE, "a")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ({"a": 1}, "is a JSON dict, expected a list of objects"),
        ("3", "is a JSON int"),
        ([{"body": ONE}], "has no column 'text'"),
        ([1], "#1: is a JSON int, expected an object"),
        ({"messages": [{"text": [1, {"text": 2}]}, 3, {"text": ""}, ["a"]]}, None),
        ([], None),
    ],
)
def test_what_holds_no_articles_is_one_clear_line(
    tmp_path: Path, value: object, why: str | None
) -> None:
    if why is None:
        assert read(tmp_path, value) == []
        return
    with pytest.raises(ArticleError, match=why) as error:
        read(tmp_path, value)
    assert "\n" not in str(error.value)
