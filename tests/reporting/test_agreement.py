"""Every report of one run says the same: each status is counted in each output."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from pytest_roadmap.model import Verdict
from pytest_roadmap.reporting import reporters, write_all
from pytest_roadmap.reporting.terminal import show


@pytest.fixture(scope="module")
def folder(card, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    assert write_all(card, folder) == []
    return folder


@pytest.fixture(scope="module")
def expected(card):
    return Counter(r.verdict.value for r in card.results)


def test_the_example_has_every_verdict(expected):
    assert set(expected) == {v.value for v in Verdict} - {"deferred"}


def test_every_report_module_is_found():
    names = [reporter.__name__.rpartition(".")[2] for reporter in reporters()]

    assert names == ["archive", "html", "junit", "markdown", "metrics"]


def test_the_archive_counts_alike(folder, expected):
    data = json.loads((folder / "scorecard.json").read_text())

    assert Counter(r["verdict"] for r in data["requirements"]) == expected
    assert Counter({v: n for v, n in data["counts"].items() if n}) == expected


def test_junit_counts_alike(folder, expected):
    cases = ET.parse(folder / "junit.xml").getroot().iter("testcase")  # noqa: S314 - ours
    words = [
        re.match(r"verdict: (.+)", case.findtext("system-out") or "")[1]
        for case in cases
    ]

    assert Counter(word.replace(" ", "_") for word in words) == expected


def test_markdown_counts_alike(folder, expected):
    text = (folder / "summary.md").read_text()
    lines = re.findall(r"^- \S ([a-z ]+) \*\*EX-", text, re.MULTILINE)
    (summary,) = re.findall(r"^18 requirements: (.+)\.$", text, re.MULTILINE)
    said = dict(reversed(part.split(" ", 1)) for part in summary.split(", "))

    assert Counter(word.replace(" ", "_") for word in lines) == expected
    assert {w.replace(" ", "_"): int(n) for w, n in said.items()} == expected


def test_metrics_count_alike(folder, expected):
    found = Counter()
    families = text_string_to_metric_families((folder / "metrics.prom").read_text())
    for family in families:
        if family.name == "roadmap_phase_requirements":
            for sample in family.samples:
                found[sample.labels["verdict"]] += int(sample.value)

    assert +found == expected


class Summaries(HTMLParser):
    """Collects the verdicts in the summaries of an HTML report."""

    def __init__(self):
        super().__init__()
        self.inside = False
        self.words = []

    def handle_starttag(self, tag, _attributes):
        self.inside = self.inside or tag == "summary"

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "summary"

    def handle_data(self, data):
        word = data.strip().replace(" ", "_")
        if self.inside and word in {v.value for v in Verdict}:
            self.words.append(word)


def test_html_counts_alike(folder, expected):
    parser = Summaries()
    parser.feed((folder / "report.html").read_text())

    assert Counter(parser.words) == expected


def test_the_terminal_counts_alike(card):
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    show(card, console)
    rows = re.findall(
        r"^\d \w+\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)",
        console.file.getvalue(),
        re.MULTILINE,
    )

    sums = tuple(
        sum(column) for column in zip(*(map(int, row) for row in rows), strict=True)
    )
    assert sums == (
        sum(p.passed for p in card.phases),
        sum(p.failed for p in card.phases),
        sum(p.waived for p in card.phases),
        sum(p.unknown for p in card.phases),
    )
    assert sums == (4, 1, 1, 10)


def test_every_output_says_the_decision(folder):
    for name in ("scorecard.json", "junit.xml", "summary.md", "report.html"):
        assert "NO-GO" in (folder / name).read_text(), name
    assert (
        'roadmap_decision{decision="NO-GO"} 1.0'
        in (folder / "metrics.prom").read_text()
    )
