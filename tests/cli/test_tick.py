from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_roadmap.cli import main
from pytest_roadmap.model import Finding, Outcome, Policy, Run, Strength
from pytest_roadmap.plan import load_suite
from pytest_roadmap.reporting import archive, files
from pytest_roadmap.scoring import score

OLD = Path(__file__).parents[2] / "reports" / "examples" / "scorecard.json"

DOCUMENT = """\
# House

## Ground

- [ ] Every wall is plumb
- [x] No wall is wet
- [x] Every door closes
- [ ] Every window opens
"""

PLAN = """\
suite: {suite}
title: A house
document: {document}
expect: {{1: 4}}
phases:
  - number: 1
    name: Ground
    sections:
      - name: Walls
        requirements:
          - {{id: H-PLUMB-1, title: Plumb., quote: "Every wall is plumb"}}
          - {{id: H-WET-1, title: Dry., quote: "No wall is wet"}}
          - {{id: H-DOOR-1, title: Doors., quote: "Every door closes"}}
          - {{id: H-WINDOW-1, title: Windows., quote: "Every window opens"}}
"""

OUTCOMES = {
    "H-PLUMB-1": Outcome.PASSED,
    "H-WET-1": Outcome.FAILED,
    "H-WINDOW-1": Outcome.FAILED,
}


class House:
    """A suite with a document of boxes, and the archive of a run."""

    def __init__(self, root: Path, document: str = "roadmap.md") -> None:
        self.folder = root / "suites" / "house"
        self.folder.mkdir(parents=True)
        self.document = self.folder / document
        self.document.write_bytes(DOCUMENT.encode())
        plan = PLAN.format(suite="house", document=document)
        (self.folder / "plan.yaml").write_text(plan)
        (self.folder / "criteria.yaml").write_text(
            'phases: [{phase: 1, threshold: "50 %"}]\n'
        )
        self.root = root

    def run(self, name: str = "run.json", days_ago=0, policy=None) -> str:
        """Judge a run, and return the name of its archive."""
        suite = load_suite(self.folder.relative_to(self.root))
        criteria = replace(suite.criteria, policy=policy or suite.criteria.policy)
        now = dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)
        card = score(
            roadmaps=[suite.roadmap],
            mapped=dict.fromkeys(OUTCOMES, ("test_house.py::test",)),
            findings=[
                Finding(
                    requirement=requirement,
                    probe="test_house.py::test",
                    outcome=outcome,
                    message="\x1b[31mit rains in\nhere",
                    strength=Strength.EXERCISED,
                    started=now.timestamp(),
                )
                for requirement, outcome in OUTCOMES.items()
            ],
            criteria={"house": criteria},
            waivers=(),
            run=Run(id=name, started=now.timestamp(), finished=0.0, version="1"),
            now=now,
        )
        files.write(self.root / name, archive.dumps(card))
        return name


@pytest.fixture
def house(tmp_path, monkeypatch) -> House:
    monkeypatch.chdir(tmp_path)
    return House(tmp_path)


def git_applies(root: Path, patch: bytes) -> None:
    """Let git apply a patch."""
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=root, input=patch, check=True, capture_output=True)


def test_the_default_is_a_patch_that_changes_nothing_by_itself(house, capfd):
    assert main(["tick", house.run()]) == 0

    out, err = capfd.readouterr()
    assert out.startswith(
        "--- a/suites/house/roadmap.md\n+++ b/suites/house/roadmap.md\n"
    )
    assert "-- [ ] Every wall is plumb\n+- [x] Every wall is plumb\n" in out
    assert err == "1 boxes to mark; --apply writes them\n"
    assert house.document.read_bytes() == DOCUMENT.encode()


@pytest.mark.parametrize(
    "data",
    [
        DOCUMENT.encode(),
        DOCUMENT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + DOCUMENT.encode(),
        DOCUMENT.rstrip("\n").encode(),
        DOCUMENT.rstrip("\n").replace("\n", "\r\n").encode(),
        b"- [ ] Every wall is plumb",
        "- [ ] Every wall is plumb\n\n(wände âœ“)\n".encode(),
    ],
    ids=["lf", "crlf", "bom", "no-end", "crlf-no-end", "one-line", "twice-encoded"],
)
def test_git_applies_the_patch_and_gets_what_apply_writes(house, capfdbinary, data):
    house.document.write_bytes(data)
    run = house.run()
    main(["tick", run])
    patch = capfdbinary.readouterr().out

    git_applies(house.root, patch)
    by_git = house.document.read_bytes()
    house.document.write_bytes(data)
    main(["tick", run, "--apply"])

    assert by_git == house.document.read_bytes()
    assert by_git == data.replace(b"[ ] Every wall", b"[x] Every wall")
    assert by_git != data


def test_git_applies_a_patch_of_a_file_whose_name_has_a_space(
    tmp_path, monkeypatch, capfdbinary
):
    monkeypatch.chdir(tmp_path)
    house = House(tmp_path, "our roadmap ä.md")
    main(["tick", house.run()])

    git_applies(tmp_path, capfdbinary.readouterr().out)

    assert b"[x] Every wall is plumb" in house.document.read_bytes()


def test_apply_writes_and_a_second_time_there_is_nothing_left(house, capfd):
    run = house.run()

    assert main(["tick", run, "--apply"]) == 0
    assert capfd.readouterr() == ("", "1 boxes marked\n")
    ticked = house.document.read_text()
    assert ticked == DOCUMENT.replace("[ ] Every wall", "[x] Every wall")
    assert main(["tick", run, "--apply"]) == 0
    assert capfd.readouterr() == ("", "nothing to mark\n")
    assert house.document.read_text() == ticked


def test_untick_and_link_are_asked_for(house, capfd):
    main(["tick", house.run(), "--apply", "--untick", "--link", "runs/7#{id}"])

    assert capfd.readouterr().err == "2 boxes marked\n"
    assert house.document.read_text().splitlines()[4:] == [
        "- [x] Every wall is plumb ([evidence](runs/7#H-PLUMB-1))",
        "- [ ] No wall is wet",
        "- [x] Every door closes",
        "- [ ] Every window opens",
    ]


def test_a_line_that_moved_is_found_and_one_that_changed_is_left(house, capfd):
    run = house.run()
    text = DOCUMENT.replace("## Ground", "## Ground\n\nA new paragraph.")
    house.document.write_text(text)
    main(["tick", run, "--apply"])
    assert "[x] Every wall is plumb" in house.document.read_text()

    house.document.write_text(DOCUMENT.replace("wall is plumb", "wall is not plumb"))
    capfd.readouterr()
    main(["tick", run, "--apply"])

    assert capfd.readouterr().err == (
        "left: H-PLUMB-1 (suites/house/roadmap.md:5): its words changed since it was "
        "mapped\nnothing to mark\n"
    )


def test_json_holds_ticks_reasons_and_patch(house, capfd):
    main(["tick", house.run(), "--format", "json"])

    (entry,) = json.loads(capfd.readouterr().out)
    assert entry["file"] == "suites/house/roadmap.md"
    assert [(t["line"], t["requirements"]) for t in entry["ticks"]] == [
        (5, ["H-PLUMB-1"])
    ]
    assert entry["skipped"] == []
    assert entry["patch"].startswith("--- a/suites/house/roadmap.md\n")


def test_evidence_that_has_aged_ticks_nothing(house, capfd):
    main(["tick", house.run(days_ago=9)])
    assert capfd.readouterr().err == "1 boxes to mark; --apply writes them\n"

    main(["tick", house.run(days_ago=9, policy=Policy(max_age_days=8))])
    assert capfd.readouterr() == ("", "nothing to mark\n")


def test_utf_16_is_written_but_shown_in_no_patch(house, capfd):
    house.document.write_bytes(DOCUMENT.encode("utf-16"))
    run = house.run()

    assert main(["tick", run]) == 1
    assert capfd.readouterr().err == (
        "pytest-roadmap: suites/house/roadmap.md: is UTF-16-LE, which no patch can "
        "show\n  → Write it with --apply, or save the document as UTF-8.\n"
    )
    assert main(["tick", run, "--apply"]) == 0
    assert "[x] Every wall" in house.document.read_bytes().decode("utf-16")


def test_a_document_elsewhere_is_told(house, tmp_path, monkeypatch, capfd):
    run = house.root / house.run()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")

    assert main(["tick", str(run)]) == 1
    assert capfd.readouterr().err == (
        "pytest-roadmap: suites/house/roadmap.md: cannot be read: No such file or "
        "directory\n  → Create the file, or correct its name or its permissions.\n"
    )


def test_an_archive_without_its_document_is_told(capfd):
    assert main(["tick", str(OLD)]) == 1
    assert capfd.readouterr().err.startswith(
        "pytest-roadmap: the archive: does not say which document the suite 'example'"
    )


def test_drift_is_told_by_kind_with_its_place(house, capfd):
    assert main(["plan", "drift", house.run()]) == 0

    place = "suites/house/roadmap.md"
    assert capfd.readouterr().out == (
        "over claim (1): ticked, and the probe fails\n"
        f"  {place}:6: H-WET-1 is ticked, but failed: it rains in\n"
        "unverified (1): ticked, and nobody knows whether it holds\n"
        f"  {place}:7: H-DOOR-1 is ticked, but nobody knows: unmapped: no probe is "
        "registered for it\n"
        "under claim (1): open, and the probe passes: `pytest-roadmap tick`\n"
        f"  {place}:5: H-PLUMB-1 is open in the document, and its probe passes\n"
        "3 disagreements, 4 requirements\n"
    )


def test_drift_as_json_and_since_an_older_run(house, capfd):
    old = house.run("old.json")
    plan = house.folder / "plan.yaml"
    text = plan.read_text().replace("title: Windows.", "title: Windows and doors.")
    plan.write_text(text)

    main(["plan", "drift", house.run(), "--since", old, "--format", "json"])

    found = json.loads(capfd.readouterr().out)
    assert [(d["kind"], d["requirement"], d["line"]) for d in found] == [
        ("over_claim", "H-WET-1", 6),
        ("unverified", "H-DOOR-1", 7),
        ("changed", "H-WINDOW-1", 8),
        ("under_claim", "H-PLUMB-1", 5),
    ]


def test_the_archive_keeps_the_document(house):
    card = archive.read(house.root / house.run())

    (roadmap,) = card.roadmaps
    assert (
        roadmap.source
        == load_suite(house.folder.relative_to(house.root)).roadmap.source
    )
    assert card.results[0].requirement.quote == "Every wall is plumb"
