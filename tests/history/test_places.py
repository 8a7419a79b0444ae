from __future__ import annotations

from pathlib import Path

import pytest

from pytest_roadmap.errors import HistoryError
from pytest_roadmap.history.places import Place, chosen, named

BASE = Path("/base")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("none", None),
        ("a/b.sqlite", Place(file=BASE / "a/b.sqlite")),
        ("/a/b.sqlite", Place(file=Path("/a/b.sqlite"))),
        ("sqlite:///a.sqlite", Place(file=BASE / "a.sqlite")),
        ("postgresql://u@h/d", Place(url="postgresql://u@h/d")),
        ("postgres://u@h/d", Place(url="postgres://u@h/d")),
    ],
)
def test_a_file_a_url_or_nowhere(text, place):
    assert named(text, BASE) == place


def test_another_database_is_refused():
    with pytest.raises(HistoryError) as caught:
        named("mysql://u:secret@h/d", BASE)

    assert "'mysql' is no database that a history can be kept in" in str(caught.value)
    assert "\n  → name a file, a postgresql://" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_environment_is_asked_where_nothing_is_said(monkeypatch):
    monkeypatch.setenv("ROADMAP_HISTORY", "here")

    assert chosen(None) == "here"
    assert chosen("there") == "there"
