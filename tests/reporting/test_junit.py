from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from pytest_roadmap.reporting import junit


@pytest.fixture(scope="module")
def root(card):
    return ET.fromstring(junit.dumps(card))  # noqa: S314 - we wrote it


def case(root, name):
    return next(
        c for c in root.iter("testcase") if c.get("name").startswith(f"{name} ")
    )


@pytest.mark.parametrize(
    ("name", "child", "kind"),
    [
        ("EX-POD-1", None, None),
        ("EX-POD-2", "failure", "roadmap.failed"),
        ("EX-SEC-2", "error", "roadmap.error"),
        ("EX-PDB-2", "failure", "roadmap.unverified"),
        ("EX-SEC-6", "failure", "roadmap.unverified"),
        ("EX-SEC-1", "skipped", "roadmap.waived"),
        ("EX-SEC-7", "skipped", "roadmap.dropped"),
        ("EX-SEC-8", "skipped", "roadmap.not_applicable"),
        ("EX-MON-1", "skipped", "roadmap.not_run"),
        ("EX-MON-2", "skipped", "roadmap.not_reviewed"),
    ],
)
def test_each_verdict_has_its_element(root, name, child, kind):
    found = [e for e in case(root, name) if e.tag != "system-out"]

    assert [(e.tag, e.get("type")) for e in found] == ([(child, kind)] if child else [])


def test_a_suite_is_a_phase_and_counts_its_cases(root):
    suites = list(root)

    assert [s.get("name") for s in suites] == [
        "example: phase 1 Infrastructure",
        "example: phase 2 Security",
        "example: phase 3 Monitoring",
    ]
    for suite in suites:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        for tag, name in (
            ("failure", "failures"),
            ("error", "errors"),
            ("skipped",) * 2,
        ):
            assert int(suite.get(name)) == len(suite.findall(f"testcase/{tag}"))
    assert root.get("failures") == str(sum(int(s.get("failures")) for s in suites))
    assert sum(int(s.get("skipped")) for s in suites) == 5


def test_names_and_times_are_what_readers_expect(root):
    found = case(root, "EX-POD-2")

    assert found.get("classname") == "roadmap.example.1-infrastructure"
    assert found.get("name").startswith("EX-POD-2 A deleted validator stops by itself")
    for element in root.iter():
        if time := element.get("time"):
            assert re.fullmatch(r"\d+\.\d{3}", time)


def test_a_case_tells_attempts_numbers_and_attachments(root):
    flaky = case(root, "EX-POD-3").findtext("system-out")
    failed = case(root, "EX-POD-2").findtext("system-out")

    assert "attempt 1: failed: height 812 after the restart" in flaky
    assert "flags: flaky" in flaky
    assert "grace_used_percent = 99.5" in failed
    assert "[[ATTACHMENT|evidence/cdcd" in failed


def test_a_suite_says_the_decision(root):
    properties = {p.get("name"): p.get("value") for p in root[1].iter("property")}

    assert properties["decision"] == "NO-GO"
    assert properties["threshold"] == "95 %"
    assert properties["release"] == "NO-GO"
