"""A sample of the chaos phase on a real cluster, and what each finding must hold."""

from __future__ import annotations

import json

import pytest

from pytest_roadmap.model import Timeline

pytestmark = pytest.mark.live

REQUIREMENTS = 65
SAMPLE = ("CHAOS-POD-5", "CHAOS-PART-2", "CHAOS-PART-3", "CHAOS-PART-6")
LEAST_PASSED = 2


def asked(names):
    return [f"--roadmap-id={name}" for name in names]


def test_each_fault_is_on_record_from_its_injection_to_the_recovery(roadmap):
    _, card = roadmap(*asked(SAMPLE), phase=3)
    results = {r["id"]: r for r in card["requirements"] if r["id"] in SAMPLE}
    (phase,) = [p for p in card["phases"] if p["number"] == 3]
    passed = [name for name, r in results.items() if r["verdict"] == "passed"]

    assert phase["total"] == REQUIREMENTS, "what was not asked for stays"
    assert set(results) == set(SAMPLE)
    assert len(passed) >= LEAST_PASSED, {n: r["message"] for n, r in results.items()}
    for name in passed:
        lines = [e for e in results[name]["evidence"] if e["kind"] == "timeline"]
        assert lines, f"{name} has no time-line"
        timeline = Timeline.from_text(lines[-1]["text"])
        assert timeline.bands, f"nothing was broken for {name}"
        assert timeline.blocks.height


def test_nothing_is_left_in_the_journal(roadmap_command):
    healing = json.loads(roadmap_command("heal", "--format", "json"))

    assert healing["failed"] == []
    assert [line for line in healing["undone"] if "namespace" not in line] == []
