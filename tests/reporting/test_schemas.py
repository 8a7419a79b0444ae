"""Every output that has a public format is valid in it, hostile input included."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from junit_xml import TestCase as Case
from junit_xml import TestSuite as Suite
from junit_xml import to_xml_report_string
from tests.tools import CTRF, SARIF, packed, promtool

from pytest_roadmap.reporting import ctrf, github, gitlab, junit, metrics, sarif

SCHEMAS = Path(__file__).parent / "schemas"
REPORTS = Path(__file__).parents[2] / "reports"


@pytest.fixture(params=["card", "hostile"])
def any_card(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("name", ["jenkins-junit", "gitlab-junit"])
def test_junit_is_what_its_readers_accept(any_card, name):
    schema = xmlschema.XMLSchema(SCHEMAS / f"{name}.xsd")
    root = ET.fromstring(junit.dumps(any_card))  # noqa: S314 - ours

    schema.validate(root)


@pytest.mark.parametrize("name", ["jenkins-junit", "gitlab-junit"])
def test_the_schemas_refuse_what_is_wrong(name):
    schema = xmlschema.XMLSchema(SCHEMAS / f"{name}.xsd")

    with pytest.raises(xmlschema.XMLSchemaException):
        schema.validate(
            '<testsuites><testsuite name="a" tests="1"><case/></testsuite></testsuites>'
        )


def test_junit_survives_a_round_trip(card):
    root = ET.fromstring(junit.dumps(card))  # noqa: S314 - ours
    suites = []
    for suite in root:
        cases = []
        for element in suite.iter("testcase"):
            case = Case(
                element.get("name"),
                element.get("classname"),
                float(element.get("time")),
                element.findtext("system-out"),
            )
            for child in element:
                if child.tag == "failure":
                    case.add_failure_info(child.get("message"), None, child.get("type"))
                elif child.tag == "error":
                    case.add_error_info(child.get("message"), None, child.get("type"))
                elif child.tag == "skipped":
                    case.add_skipped_info(child.get("message"))
            cases.append(case)
        suites.append(Suite(suite.get("name"), cases))
    again = ET.fromstring(to_xml_report_string(suites))  # noqa: S314 - ours

    assert [told(case) for case in again.iter("testcase")] == [
        told(case) for case in root.iter("testcase")
    ]
    for name in ("failures", "errors", "tests"):
        assert again.get(name) == root.get(name)


def told(case):
    children = [(c.tag, c.get("message")) for c in case if c.tag != "system-out"]
    return (
        case.get("name"),
        case.get("classname"),
        children,
        case.findtext("system-out"),
    )


def test_ctrf_is_valid(any_card):
    schema = json.loads(packed(CTRF).read_text())
    document = json.loads(ctrf.dumps(any_card))

    jsonschema.validators.validator_for(schema)(schema).validate(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"reportFormat": "other"}, schema)


def test_sarif_is_valid(any_card):
    schema = json.loads(packed(SARIF).read_text())
    log = json.loads(sarif.dumps(any_card))

    jsonschema.validators.validator_for(schema)(schema).validate(log)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log | {"version": "2.0.0"}, schema)


def test_sarif_names_the_documents_line_and_the_accepted_risk(card):
    (run,) = json.loads(sarif.dumps(card))["runs"]
    results = {result["ruleId"]: result for result in run["results"]}

    place = results["EX-POD-2"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "suites/example/roadmap.md"
    assert place["region"]["startLine"] == 5
    (suppression,) = results["EX-SEC-1"]["suppressions"]
    assert suppression["status"] == "accepted"
    assert "until 2026-03-20" in suppression["justification"]
    assert "EX-POD-1" not in results
    for place, result in enumerate(run["results"]):
        assert run["tool"]["driver"]["rules"][place]["id"] == result["ruleId"]


def test_a_requirement_without_a_line_points_at_the_plan(hostile):
    (run,) = json.loads(sarif.dumps(without_document(hostile)))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]

    assert place["artifactLocation"]["uri"] == "plan.yaml"


def without_document(card):
    return replace(
        card, roadmaps=tuple(replace(r, document=None) for r in card.roadmaps)
    )


def test_annotations_are_workflow_commands(any_card):
    lines = github.dumps(any_card).splitlines()

    assert lines
    form = r"::(error|warning|notice) file=[^,:]+,line=\d+,title=[^,:]+::.+"
    assert all(re.fullmatch(form, line) for line in lines)


def test_a_code_quality_report_has_what_gitlab_demands(any_card):
    entries = json.loads(gitlab.dumps(any_card))

    assert entries
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.keys() == {
            "description",
            "check_name",
            "fingerprint",
            "severity",
            "location",
        }
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not entry["location"]["path"].startswith("./")
        assert entry["location"]["lines"]["begin"] > 0


def test_promtool_reads_the_metrics(card, tmp_path):
    metrics.pytest_roadmap_report(scorecard=card, folder=tmp_path)
    for name in ("metrics.prom", "items.prom"):
        done = subprocess.run(
            [promtool(), "check", "metrics"],
            input=(tmp_path / name).read_bytes(),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")


def test_the_alerts_fire_when_they_should():
    folder = REPORTS / "prometheus"
    for command in (
        ["check", "rules", "alerts.yaml"],
        ["test", "rules", "alerts.test.yaml"],
    ):
        done = subprocess.run(
            [promtool(), *command],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_dashboard_and_alerts_ask_for_metrics_that_exist(card, tmp_path):
    metrics.pytest_roadmap_report(scorecard=card, folder=tmp_path)
    known = set()
    for name in ("metrics.prom", "items.prom"):
        known |= set(
            re.findall(r"^(roadmap_\w+)", (tmp_path / name).read_text(), re.MULTILINE)
        )
    dashboard = json.loads((REPORTS / "grafana/roadmap.json").read_text())
    asked = "".join(
        target["expr"] for panel in dashboard["panels"] for target in panel["targets"]
    )
    asked += (REPORTS / "prometheus/alerts.yaml").read_text()
    asked += json.dumps(dashboard["templating"])

    assert set(re.findall(r"\broadmap_\w+", asked)) <= known


def test_the_dashboard_can_be_imported():
    dashboard = json.loads((REPORTS / "grafana/roadmap.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]

    assert len(ids) == len(set(ids))
    assert {"title", "uid", "schemaVersion", "panels", "templating"} <= dashboard.keys()
    for panel in dashboard["panels"]:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert panel["datasource"]["uid"] == "${datasource}"
    names = [variable["name"] for variable in dashboard["templating"]["list"]]
    assert names == ["datasource", "suite"]
