from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from pytest_roadmap.errors import ReportError
from pytest_roadmap.model import Measurement
from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.reporting import archive
from pytest_roadmap.reporting.unpacking import PLAIN
from pytest_roadmap.scoring import score_again

SCHEMA = Path(__file__).parents[2] / "reports/schema/scorecard.schema.json"


@pytest.fixture
def path(card, tmp_path):
    archive.pytest_roadmap_report(scorecard=card, folder=tmp_path)
    return tmp_path / "scorecard.json"


def validate(path):
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(path.read_bytes()))


def test_what_is_written_is_read_back_and_judged_the_same(card, path):
    assert archive.read(path) == card
    assert score_again(archive.read(path)) == card


def test_it_follows_the_schema(path):
    validate(path)


def test_a_hostile_run_is_archived_whole(hostile, tmp_path):
    archive.pytest_roadmap_report(scorecard=hostile, folder=tmp_path)

    assert archive.read(tmp_path / "scorecard.json") == hostile
    validate(tmp_path / "scorecard.json")


def test_it_has_the_fields_that_programs_rely_on(path):
    data = json.loads(path.read_text())

    assert data["decision"] == "NO-GO"
    assert data["phases"][1] | {"name": "", "reasons": []} == data["phases"][1] | {
        "name": "",
        "reasons": [],
        "number": 2,
        "threshold": 0.95,
        "threshold_exact": "19/20",
        "total": 8,
        "passed": 1,
        "failed": 0,
        "unknown": 6,
        "waived": 1,
        "low": 0.125,
        "low_exact": "1/8",
        "high": 0.875,
        "high_exact": "7/8",
        "decision": "NO-GO",
    }
    entry = next(r for r in data["requirements"] if r["id"] == "EX-POD-2")
    assert entry["verdict"] == entry["outcome"] == "failed"
    assert entry["message"] == "grace_used_percent 99.5 > 50"
    assert entry["findings"][0]["outcome"] == "passed"  # what the probe itself saw
    assert entry["evidence"][entry["findings"][0]["evidence"][1]]["size"] == 912_384
    assert (entry["attempts"], entry["duration_s"]) == (1, 6.375)


def test_numbers_that_json_has_no_form_for_survive(card, tmp_path):
    result = card.results[0]
    odd = replace(
        result.findings[0], measurements=(Measurement(name="x", value=math.inf),)
    )
    changed = replace(
        card, results=(replace(result, findings=(odd,)), *card.results[1:])
    )

    archive.pytest_roadmap_report(scorecard=changed, folder=tmp_path)

    validate(tmp_path / "scorecard.json")
    assert archive.read(tmp_path / "scorecard.json") == changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:3000], "it is no complete JSON"),
        (lambda _: "", "it is no complete JSON"),
        (lambda _: "[]", "it is no scorecard of ours"),
        (lambda _: '{"tests": 3}', "it is no scorecard of ours"),
        (lambda _: "[" * 100_000, "it is no complete JSON"),
        (
            lambda text: text.replace('"version": 1,', '"version": 7,', 1),
            "it has version 7, and this reads 1",
        ),
        (
            lambda text: text.replace('"verdict": "failed"', '"verdict": "passed"', 1),
            "it was changed after a run wrote it",
        ),
    ],
)
def test_an_archive_that_cannot_be_trusted_is_refused(path, change, message):
    path.write_text(change(path.read_text()))

    with pytest.raises(ReportError) as caught:
        archive.read(path)

    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n  → " in str(caught.value)


def test_an_edit_with_a_fresh_digest_still_has_to_fit(path):
    body = json.loads(path.read_text())
    del body["digest"], body["requirements"][0]["verdict"]
    body["digest"] = archive._digest(body)
    path.write_text(json.dumps(body))

    with pytest.raises(ReportError, match=r"does not follow the schema: KeyError"):
        archive.read(path)


def test_an_archive_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ReportError, match=r"it cannot be read: No such file"):
        archive.read(tmp_path / "scorecard.json")


@pytest.mark.parametrize("value", ["1e30", "-5.0", "NaN", "Infinity", '"soon"', "null"])
@pytest.mark.parametrize("name", ["started", "finished", "at"])
def test_a_time_that_no_calendar_has_is_one_clear_error(path, name, value):
    body = json.loads(path.read_text())
    del body["digest"]
    place = body["basis"] if name == "at" else body["run"]
    place[name] = json.loads(value)
    body["digest"] = archive._digest(body)
    path.write_text(json.dumps(body))

    with pytest.raises(ReportError, match="it does not follow the schema"):
        archive.read(path)


def test_an_archive_from_before_a_field_was_added_is_read(path):
    body = json.loads(path.read_text())
    del body["digest"], body["basis"]["baseline"]
    for phase in body["phases"]:
        del phase["weight"], phase["waivers"]
    for entry in body["requirements"]:
        del entry["disposition"]
    body["digest"] = archive._digest(body)
    path.write_text(json.dumps(body))

    assert score_again(archive.read(path)).decision == "NO-GO"


def test_an_archive_that_spells_out_its_defaults_is_read_alike(card, path):
    body = json.loads(path.read_text())
    del body["digest"]
    for entry, result in zip(body["requirements"], card.results, strict=True):
        asked = to_json(result.requirement)
        entry["asked"] = {name: asked[name] for name in asked.keys() - set(PLAIN)}
        for told, finding in zip(entry["findings"], result.findings, strict=True):
            places = told.get("evidence", [])
            told.update(to_json(finding) | {"evidence": places})
    body["digest"] = archive._digest(body)
    path.write_text(json.dumps(body))

    validate(path)
    assert archive.read(path) == card


def test_what_nobody_says_takes_no_room(path):
    body = json.loads(path.read_text())
    manual = next(r for r in body["requirements"] if r["id"] == "EX-MON-2")

    assert manual["asked"] == {"manual": True}
    assert all("run" not in f for r in body["requirements"] for f in r["findings"])
