"""junit.xml: suite = phase, case = requirement, for what CI servers read.

    PASSED                          a case without a child
    FAILED                          failure, type roadmap.failed
    ERROR                           error, type roadmap.error
    unknown, and it blocks          failure, type roadmap.unverified
    unknown, and it does not        skipped, type roadmap.<verdict>
    WAIVED and what left the count  skipped, type roadmap.<verdict>

An unknown that blocks is a failure because the readers show skipped cases as
fine, and what nobody has verified is not fine.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from junit_xml import TestCase, TestSuite

from pytest_roadmap.model import Outcome, Verdict
from pytest_roadmap.reporting import files
from pytest_roadmap.reporting.reading import (
    blocking_ids,
    by_phase,
    moment,
    phase_decision,
    phase_name,
    share,
    why,
    word,
)
from pytest_roadmap.reporting.text import one_line, plain, slug

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_roadmap.model import Finding, PhaseScore, Result, Scorecard

FILE = "junit.xml"
_LONGEST_DETAIL = 8_000
# What XML 1.0 has no form for; `plain` shows most of it already.
_NOT_XML = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010fffd]"
)


@pytest.hookimpl
def pytest_roadmap_report(scorecard: Scorecard, folder: Path) -> None:
    """Write junit.xml."""
    files.write(folder / FILE, dumps(scorecard))


def dumps(scorecard: Scorecard) -> str:
    """Return a scorecard as JUnit XML."""
    blocking = blocking_ids(scorecard)
    suites = [
        _suite(scorecard, phase, results, blocking)
        for phase, results in by_phase(scorecard)
    ]
    root = ET.Element("testsuites", _totals(suites))
    root.set("name", "roadmap")
    root.extend(suites)
    ET.indent(root, " ")
    xml = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{xml}\n'


def _totals(suites: Sequence[ET.Element]) -> dict[str, str]:
    """Return the suites' counts added up; Jenkins' schema has no `skipped` here."""
    names = ("tests", "failures", "errors")
    totals = {name: str(sum(int(s.get(name, 0)) for s in suites)) for name in names}
    time = sum(float(suite.get("time", 0)) for suite in suites)
    return totals | {"time": f"{time:.3f}"}


def _suite(
    scorecard: Scorecard,
    phase: PhaseScore,
    results: Sequence[Result],
    blocking: frozenset[str],
) -> ET.Element:
    """Return a phase as a suite."""
    group = f"roadmap.{slug(phase.suite)}.{slug(phase_name(phase))}"
    suite = TestSuite(
        _xml(one_line(f"{phase.suite}: phase {phase_name(phase)}")),
        [_case(group, result, result.requirement.id in blocking) for result in results],
        timestamp=moment(scorecard.run.started).removesuffix("Z"),
        properties={
            "decision": phase_decision(phase),
            "threshold": share(phase.threshold),
            "low": share(phase.low),
            "high": share(phase.high),
            "arithmetic": phase.arithmetic,
            "release": scorecard.decision.value,
            "commit": _xml(one_line(scorecard.run.commit)),
            "run": _xml(one_line(scorecard.run.id)),
        },
    )
    element: ET.Element = suite.build_xml_doc()
    return _completed(element, results)


def _completed(suite: ET.Element, results: Sequence[Result]) -> ET.Element:
    """Return the library's suite with what it cannot say itself.

    It leaves out a duration of 0, prints six decimals, gives every skipped case
    the same type, and adds `disabled`, which Jenkins' schema does not have.
    """
    suite.attrib.pop("disabled", None)
    for case, result in zip(suite.iter("testcase"), results, strict=True):
        case.set("time", f"{max(0.0, result.duration_s):.3f}")
        for skipped in case.iter("skipped"):
            skipped.set("type", f"roadmap.{result.verdict.value}")
    suite.set("time", f"{sum(max(0.0, r.duration_s) for r in results):.3f}")
    return suite


def _case(group: str, result: Result, blocking: bool) -> TestCase:
    """Return a requirement as a case."""
    requirement, verdict = result.requirement, result.verdict
    case = TestCase(
        _xml(one_line(f"{requirement.id} {requirement.title}")),
        classname=group,
        stdout=_xml(_details(result)),
    )
    said = _xml(f"{word(verdict)}: {one_line(why(result), 1_000)}")
    if verdict is Verdict.PASSED:
        return case
    if verdict is Verdict.FAILED:
        case.add_failure_info(said, failure_type="roadmap.failed")
    elif verdict is Verdict.ERROR:
        case.add_error_info(said, error_type="roadmap.error")
    elif blocking:
        case.add_failure_info(said, failure_type="roadmap.unverified")
    else:
        case.add_skipped_info(said)
    return case


def _details(result: Result) -> str:
    """Return what a reader sees beneath a case: flags, attempts, evidence."""
    lines = [f"verdict: {word(result.verdict)}"]
    if result.flags:
        lines.append(f"flags: {', '.join(result.flags)}")
    if result.waiver is not None and result.verdict is Verdict.WAIVED:
        waiver = result.waiver
        lines.append(
            f"waived until {waiver.expires} by {one_line(waiver.approver)} for "
            f"{one_line(waiver.owner)}: {one_line(waiver.reason)}"
        )
    for finding in result.findings:
        lines += _told(finding)
    return plain("\n".join(lines), _LONGEST_DETAIL)


def _told(finding: Finding) -> list[str]:
    """Return one attempt as lines; attachments in the notation CI servers know."""
    head = f"{finding.probe} attempt {finding.attempt}: {finding.outcome.value}"
    if finding.message and finding.outcome is not Outcome.PASSED:
        head = f"{head}: {one_line(finding.message)}"
    lines = [head]
    lines += [f"  {m.name} = {m.value:g}" for m in finding.measurements]
    lines += [
        f"  [[ATTACHMENT|{evidence.path}]]"
        for evidence in finding.evidence
        if evidence.path
    ]
    return lines


def _xml(text: str) -> str:
    """Return `text` without what XML has no form for."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
