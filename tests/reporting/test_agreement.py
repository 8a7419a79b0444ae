"""Every report of one run says the same: each status is counted in each output."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from pytest_roadmap.model import Verdict
from pytest_roadmap.reporting import reporters, write_all
from pytest_roadmap.reporting.reading import blocks
from pytest_roadmap.reporting.terminal import show

CTRF = ("passed", "failed", "skipped", "pending", "other")


def blocking(card):
    return [result for block in blocks(card) for result in block.results]


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

    assert names == [
        "archive",
        "ctrf",
        "github",
        "gitlab",
        "html",
        "junit",
        "markdown",
        "metrics",
        "sarif",
    ]


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
        if family.name == "roadmap_phase_items":
            for sample in family.samples:
                found[sample.labels["verdict"]] += int(sample.value)

    assert +found == expected


def test_open_metrics_count_alike(folder, expected):
    found = Counter()
    families = openmetrics.text_string_to_metric_families(
        (folder / "openmetrics.txt").read_text()
    )
    for family in families:
        if family.name == "roadmap_phase_items":
            for sample in family.samples:
                found[sample.labels["verdict"]] += int(sample.value)

    assert +found == expected


def test_the_series_of_the_items_count_alike(folder, expected):
    families = text_string_to_metric_families((folder / "items.prom").read_text())
    found = Counter(
        sample.labels["verdict"]
        for family in families
        if family.name == "roadmap_item_verdict"
        for sample in family.samples
    )

    assert found == expected


def test_ctrf_counts_alike(folder, expected):
    results = json.loads((folder / "ctrf.json").read_text())["results"]
    statuses = Counter(test["status"] for test in results["tests"])
    summary = results["summary"]

    assert Counter(test["rawStatus"] for test in results["tests"]) == expected
    assert {s: n for s, n in summary.items() if n and s in CTRF} == statuses
    assert summary["tests"] == expected.total()


def test_sarif_counts_alike(folder, expected, card):
    (run,) = json.loads((folder / "roadmap.sarif").read_text())["runs"]
    found = Counter(result["properties"]["verdict"] for result in run["results"])
    blocks = Counter(r.verdict.value for r in blocking(card)) + Counter(waived=1)

    assert +Counter(run["properties"]["counts"]) == expected
    assert found == blocks


@pytest.mark.parametrize("name", ["annotations.txt", "gl-code-quality-report.json"])
def test_what_stands_at_lines_counts_alike(folder, expected, card, name):
    text = (folder / name).read_text()
    if name.endswith(".txt"):
        said = re.findall(r"title=EX-\S+ ([a-z ]+)::", text)
    else:
        said = [entry["check_name"].split(".")[1] for entry in json.loads(text)]
    flaky = sum("flaky" in r.flags for r in card.results)
    fine = {"passed", "not_applicable", "deferred", "dropped"}
    shown = {verdict: n for verdict, n in expected.items() if verdict not in fine}

    assert Counter(word.replace(" ", "_") for word in said) == Counter(
        shown | {"passed": flaky}
    )


class Rows(HTMLParser):
    """Collects the verdicts in the rows that an HTML report has without a script."""

    def __init__(self):
        super().__init__()
        self.inside = False
        self.words = []

    def handle_starttag(self, tag, attributes):
        self.inside = self.inside or (tag, dict(attributes).get("class")) == (
            "p",
            "row",
        )

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "p"

    def handle_data(self, data):
        word = data.strip().replace(" ", "_")
        if self.inside and word in {v.value for v in Verdict}:
            self.words.append(word)


def test_html_counts_alike(folder, expected):
    parser = Rows()
    parser.feed((folder / "report.html").read_text())

    assert Counter(parser.words) == expected


def test_the_data_of_the_page_counts_alike(folder, expected):
    text = (folder / "report.html").read_text()
    (data,) = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)

    assert Counter(entry["verdict"] for entry in json.loads(data)) == expected


def test_the_head_and_the_filters_of_the_page_count_alike(folder, expected):
    text = (folder / "report.html").read_text()
    head = re.findall(r"<span><b>(\d+)</b> ([a-z ]+)</span>", text)
    chips = re.findall(r'name="verdict" value="(\w+)">.*?<small>(\d+)</small>', text)

    assert {w.replace(" ", "_"): int(n) for n, w in head} == expected
    assert {verdict: int(n) for verdict, n in chips} == expected


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
