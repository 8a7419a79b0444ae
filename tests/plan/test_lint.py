from __future__ import annotations

import datetime as dt

import pytest

from pytest_roadmap.plan import Severity, lint, load_suite

DAY = dt.date(2026, 1, 1)


def problems(house, severity: Severity = Severity.ERROR) -> list[str]:
    found = lint(load_suite(house.folder), DAY)
    return [
        f"{problem.where}: {problem.what} → {problem.remedy}"
        for problem in found
        if problem.severity is severity
    ]


def test_a_sound_suite_has_no_problem(house):
    assert lint(load_suite(house.folder), DAY) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "Ground (2 tests)",
            "Ground (3 tests)",
            "phase 1 promises 3 tests, the plan has 2",
        ),
        ("### Phase 2: Roof", "### Stage 2: Roof", "phase 2 was not recognised"),
        (
            "### Phase 2: Roof",
            "### Phase 2: Attic",
            "phase 2 is 'Roof', in the document",
        ),
        (
            "**Walls**: upright, dry",
            "**Walls**: upright, dry, warm",
            "the topic 'warm'",
        ),
        ("**Walls**: upright, dry", "**Walls**: upright", "covers 'dry', which the"),
        (
            "**Tiles**",
            "**Tile**",
            "phase 2 has no section 'Tiles' → Did you mean 'Tile'?",
        ),
        (
            "**Tiles**",
            "**Tile**",
            "roadmap.md:11: the section 'Tile' is not in the plan",
        ),
        (
            "### Success",
            "### Phase 3: Garden\n\n### Success",
            "phase 3 is not in the plan",
        ),
        ("- **90%** Phase 2", "- **95%** Phase 2", "phase 2 asks 90"),
        (
            "- **100%** Phase 1",
            "- **100%** for Phase 1",
            "the sentence of phase 1 is not",
        ),
    ],
)
def test_a_document_that_was_changed_is_noticed(house, old, new, message):
    house.change("roadmap.md", old, new)

    assert message in "\n".join(problems(house))


def test_an_emptied_document_does_not_pass_for_one_that_asks_nothing(house):
    (house.folder / "roadmap.md").write_text(
        "# Roadmap\n\n- to be written\n", encoding="utf-8"
    )

    found = "\n".join(problems(house))

    assert "no phase was recognised, 2 are expected" in found
    assert "Write phases as headings such as" in found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("            given: Rain.\n", "", "HOUSE-WALL-2 lacks given"),
        ("            counter_example: a roof of straw\n", "", "lacks counter_example"),
        (
            "title: No wall is wet.",
            "title: every  wall is plumb.",
            "same title as HOUSE-",
        ),
        ("a cellar by the sea", "A tower in Pisa", "the same counter_example as"),
        ("topic: laid", "topic: layed", "Did you mean 'laid'?"),
        (
            "needs: [mason]",
            "needs: [masson]",
            "the need 'masson', which is not defined",
        ),
        ("needs: [mason]", "needs: [masson]", "Did you mean 'mason'?"),
        (
            "shares: survey",
            "shares: surveys",
            "the fact 'surveys', which is not defined",
        ),
    ],
)
def test_a_fault_of_the_plan_is_named_with_its_line(house, old, new, message):
    house.change("plan.yaml", old, new)

    found = problems(house)

    assert message in "\n".join(found)
    assert all("plan.yaml:" in line or "roadmap.md:" in line for line in found)


def test_a_manual_requirement_needs_no_probe_sentences(house):
    house.change(
        "plan.yaml", "            given: Rain.\n", "            manual: true\n"
    )

    assert problems(house) == []


def test_a_phase_without_criterion_is_an_error(house):
    path = house.folder / "criteria.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")

    assert "phase 2 has no criterion" in "\n".join(problems(house))


def test_an_expired_waiver_and_an_unused_word_are_notices(house):
    (house.folder / "waivers.yaml").write_text(
        "waivers:\n  - {requirement: HOUSE-WALL-2, reason: r, owner: mason, "
        "approver: architect, expires: 2025-12-31, "
        "fingerprint: 'f2511037e49e5d28'}\n",
        encoding="utf-8",
    )
    house.change("plan.yaml", "            shares: survey\n", "")

    found = "\n".join(problems(house, Severity.NOTICE))

    assert "waivers.yaml:2: the waiver of HOUSE-WALL-2 expired on 2025-12-31" in found
    assert "the fact 'survey' is used by no requirement" in found
    assert problems(house) == []
