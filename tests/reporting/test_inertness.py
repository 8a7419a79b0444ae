"""Text from a log does nothing but show itself, in every output."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from pytest_roadmap.reporting import write_all
from pytest_roadmap.reporting.terminal import show
from pytest_roadmap.reporting.text import one_line, plain, slug, unmarked

OURS = {"html", "head", "meta", "title", "style", "body", "header", "main", "footer"}
OURS |= {"section", "div", "p", "h1", "h2", "h3", "ul", "ol", "li", "dl", "dt", "dd"}
OURS |= {"details", "summary", "span", "i", "b", "a", "strong", "time", "code", "pre"}
OURS |= {"table", "thead", "tbody", "tr", "th", "td", "h4", "nav", "form", "script"}
OURS |= {"svg", "rect", "defs", "pattern", "circle", "text", "line", "polyline"}
OURS |= {"fieldset", "legend", "label", "input", "select", "option", "button", "small"}
OURS |= {"output", "noscript", "kbd", "blockquote", "figure", "figcaption"}


@pytest.fixture(scope="module")
def folder(hostile, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    assert write_all(hostile, folder) == []
    return folder


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs


def test_html_has_only_our_elements_and_no_handler(folder):
    parser = Tags()
    parser.feed((folder / "report.html").read_text())

    assert parser.tags <= OURS
    assert not [name for name, _ in parser.attributes if name.startswith("on")]
    targets = [value for name, value in parser.attributes if name in {"href", "src"}]
    assert all(value.startswith(("#", "evidence/")) for value in targets)


def test_html_asks_for_nothing(folder):
    text = (folder / "report.html").read_text()

    assert "default-src 'none'; style-src 'sha256-" in html.unescape(text)
    assert "unsafe" not in text
    assert set(re.findall(r"url\((.)", text)) == {"#"}
    assert "@import" not in text


def test_html_has_two_scripts_data_and_our_own(folder):
    text = (folder / "report.html").read_text()

    data, ours = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
    assert "<" not in data
    assert json.loads(data)[0]["message"].startswith("</script><script>alert(1)")
    digest = base64.b64encode(hashlib.sha256(ours.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html.unescape(text)
    assert "innerHTML" not in ours


@pytest.mark.parametrize(
    "name",
    [
        "report.html",
        "summary.md",
        "junit.xml",
        "metrics.prom",
        "openmetrics.txt",
        "items.prom",
        "annotations.txt",
        "gl-code-quality-report.json",
        "roadmap.sarif",
        "ctrf.json",
    ],
)
def test_no_report_holds_a_character_that_acts(folder, name):
    text = (folder / name).read_text(encoding="utf-8")

    for character in ("\x00", "\x1b", "\u202e", "\u202c"):
        assert character not in text
    assert "\\ud800" not in text


def test_ten_megabytes_of_message_stay_short_everywhere_but_in_the_archive(folder):
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}

    assert sizes["scorecard.json"] > 10_000_000
    assert sizes["report.html"] < 100_000
    assert sizes["summary.md"] < 65_536
    assert sizes["junit.xml"] < 50_000


def test_junit_is_well_formed(folder):
    case = next(ET.parse(folder / "junit.xml").getroot().iter("testcase"))  # noqa: S314

    assert "</script>" in case.get("name")
    assert case.find("failure").get("type") == "roadmap.failed"


def test_markdown_shows_markup_as_text(folder):
    text = (folder / "summary.md").read_text()

    assert (
        "<script"
        not in text.replace("&lt;script", "").replace("`", "\0").split("\0")[0]
    )
    assert "@everyone" not in text.split("`")[0]
    assert "](javascript" not in text.replace("\\](javascript", "").split("`")[0]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_terminal_shows_escapes_as_nothing(hostile, width):
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    show(hostile, console)
    text = console.file.getvalue()

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\x00b", "a⟨U+0000⟩b"),
        ("\ud800", "⟨U+D800⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("line\r\nnext\tcell", "line\nnext\tcell"),
        ("höhe ≥ 3 日本", "höhe ≥ 3 日本"),
    ],
)
def test_plain_shows_what_would_act(text, shown):
    assert plain(text) == shown


def test_long_text_loses_its_middle_and_says_so():
    text = plain("a" * 5_000 + "z" * 5_000, 10)

    assert text == "aaaaa … 9990 characters left out … zzzzz"


def test_one_line_is_one_line():
    assert one_line("a\n b\u2028c") == "a b⟨U+2028⟩c"
    assert one_line("x" * 400) == "x" * 299 + "…"


def test_a_slug_is_never_empty():
    assert slug("1 Pod Lifecycle & Größe") == "1-pod-lifecycle-groe"
    assert slug("日本") == "unnamed"


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        (
            "**100%** Phase 1-2 (`Infrastructure` + _Security_)",
            "100% Phase 1-2 (Infrastructure + Security)",
        ),
        ("2 * 3 > 5 and a_b_c < 7", "2 * 3 > 5 and a_b_c < 7"),
        ("<b>bold</b> [a](javascript:x)", "<b>bold</b> [a](javascript:x)"),
        ("two\nlines", "two\nlines"),
        ("", ""),
    ],
)
def test_a_sentence_of_the_document_is_its_words(sentence, words):
    assert unmarked(sentence) == words
