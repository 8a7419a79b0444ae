"""A run that is compared with earlier ones."""

from __future__ import annotations

import json

PROBE = """
@probe("A-1")
def test_measures(evidence):
    evidence.measure("seconds", float(os.environ["SECONDS_NOW"]))
"""


def test_a_slower_run_fails_where_a_criterion_compares(project, monkeypatch):
    limits = {"limits": {"seconds": {"at_most": 100}}}
    project.suite(ids="A-1", extra={"A-1": limits})
    project.probes(PROBE)
    monkeypatch.setenv("SECONDS_NOW", "10")
    earlier = [project.run("--roadmap", "-n0") for _ in range(2)]
    assert [ran.status for ran in earlier] == [0, 0]
    rule = {"allowed": "10 %", "repeats": 2}
    criteria = {"phases": [{"phase": 1, "threshold": "100 %", "regression": rule}]}
    path = project.root / "suites/tiny/criteria.yaml"
    path.write_text(json.dumps(criteria))
    named = [f"--roadmap-baseline={ran.folder}" for ran in earlier]

    monkeypatch.setenv("SECONDS_NOW", "20")
    slower = project.run("--roadmap", "-n0", *named)
    alone = project.run("--roadmap", "-n0")

    assert (slower.status, slower.verdicts) == (10, {"A-1": "failed"})
    assert slower.messages["A-1"] == (
        "seconds 20 is worse than the baseline's 10 by more than 10 %"
    )
    assert "✗ A-1 " in slower.text
    assert "✓ A-1 " not in slower.text
    (line,) = [x for x in slower.text.splitlines() if x.startswith("✗ A-1  ")]
    assert "seconds 20 is worse than the baseline's 10 by more than 10 %" in line
    assert "✓ A-1 " in earlier[0].text
    assert (alone.status, alone.verdicts) == (11, {"A-1": "inconclusive"})


def test_a_baseline_that_is_not_there_is_a_usage_error(project):
    project.suite(ids="A-1")

    ran = project.run("--roadmap", "-n0", "--roadmap-baseline=gone.json")

    assert ran.status == 4
    assert "gone.json: it cannot be read: No such file" in ran.text
    assert "→ name the scorecard.json of a run" in ran.text
