"""What a reader sees of an experiment: its faults in a table, its samples drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_roadmap.model import Band, BlockSamples, Evidence, NodeSamples, Timeline
from pytest_roadmap.model.timeline import KIND
from pytest_roadmap.reporting import html, markdown
from pytest_roadmap.reporting.chapters import chapters
from pytest_roadmap.reporting.experiments import experiments
from pytest_roadmap.reporting.page.drawing import WIDTH, drawings

BROKEN = "</script><img src=x onerror=alert(1)>"


def samples(*moments: float, height: int = 7) -> NodeSamples:
    """Return samples at these moments, each a block further than the one before."""
    count = len(moments)
    return NodeSamples(
        at=moments,
        height=tuple(range(height, height + count)),
        round=(0,) * count,
        peers=(4,) * count,
        latency_ms=(1.5,) * count,
        pending=(0,) * count,
    )


CUT = Band(
    what=f"P2P of validator-0 is cut {BROKEN}",
    injected=2.0,
    verified=2.5,
    healed=6.0,
    off=6.5,
    recovered=9.0,
)
KILL = Band(what="validator-1 is killed", injected=8.0)
TIMELINE = Timeline(
    began=1766000000.0,
    nodes=(
        ("validator-0", samples(0, 1, 2, 7, 8, 9, 10)),
        ("validator-1", samples(*range(11))),
    ),
    blocks=BlockSamples(
        at=(1.0, 2.0, 5.5, 6.5, 7.5), height=(8, 9, 10, 11, 12), transactions=(0,) * 5
    ),
    bands=(CUT, KILL),
)


def with_evidence(card, *names, text=None):
    """Return the scorecard with a time-line at the last attempt of requirements."""
    piece = Evidence(kind=KIND, name="time-line", text=text or TIMELINE.to_text())
    results = [
        replace(
            result,
            findings=(
                *result.findings[:-1],
                replace(result.findings[-1], evidence=(piece,)),
            ),
        )
        if result.requirement.id in names
        else result
        for result in card.results
    ]
    return replace(card, results=tuple(results))


def faults(card):
    """Return the rows of the chapter of faults; None without it."""
    found = {chapter.name: chapter for chapter in chapters(card)}.get("faults")
    return found and [tuple(cell.text for cell in row) for row in found.rows]


def test_each_fault_is_a_row_with_its_times(card):
    rows = faults(with_evidence(card, "EX-POD-1"))

    space = "\N{NO-BREAK SPACE}"
    assert rows[0] == (
        "EX-POD-1",
        CUT.what,
        f"0.5{space}s",
        f"3.5{space}s",
        f"0.5{space}s",
        f"3.0{space}s",
        f"3.5{space}s",
    )
    assert rows[1][:6] == ("EX-POD-1", KILL.what, "", "", "", "")


def test_requirements_that_share_a_fact_share_its_rows(card):
    shared = with_evidence(card, "EX-POD-1", "EX-POD-2")

    assert len(experiments(shared)) == 1
    first, *others = {row[0] for row in faults(shared)}
    assert first in {"EX-POD-1 +1", "EX-POD-2 +1"}
    assert others == []


def test_a_run_without_experiments_has_no_chapter(card):
    assert faults(card) is None
    assert drawings(card) == ()


def test_a_text_that_is_no_time_line_is_left_to_its_reader(card):
    edited = with_evidence(card, "EX-POD-1", text='{"began": "yesterday"}')

    assert experiments(edited) == ()
    assert html.dumps(edited)


def test_a_line_ends_where_its_node_did_not_answer(card):
    (drawing,) = drawings(with_evidence(card, "EX-POD-1"))
    heights = drawing.panels[0]

    by_node = {curve.node: curve.pieces for curve in heights.curves}
    assert len(by_node["validator-0"]) == 2
    assert len(by_node["validator-1"]) == 1
    assert (heights.lowest, heights.highest) == ("0", "10")


def test_a_panel_of_zeros_is_not_drawn(card):
    (drawing,) = drawings(with_evidence(card, "EX-POD-1"))

    titles = [panel.title for panel in drawing.panels]
    assert "peers" in titles
    assert "transactions waiting" not in titles
    assert "transactions committed" not in titles


def test_a_fault_is_shaded_where_it_was(card):
    (drawing,) = drawings(with_evidence(card, "EX-POD-1"))
    cut, kill = drawing.shades

    assert cut.left == pytest.approx(WIDTH * 0.2, abs=0.1)
    assert cut.sure == pytest.approx(WIDTH * 0.25, abs=0.1)
    assert cut.sure_width == pytest.approx(WIDTH * 0.35, abs=0.1)
    assert cut.recovered == pytest.approx(WIDTH * 0.9, abs=0.1)
    assert (kill.width, kill.recovered) == (1.0, None)


def test_many_samples_are_thinned_and_stay_one_line(card):
    long = replace(TIMELINE, nodes=(("validator-0", samples(*range(1000))),), bands=())

    (drawing,) = drawings(with_evidence(card, "EX-POD-1", text=long.to_text()))

    (points,) = drawing.panels[0].curves[0].pieces
    assert 100 < len(points.split()) <= 161


def test_page_and_summary_tell_the_faults_and_stay_inert(card):
    shown = with_evidence(card, "EX-POD-1")

    page, summary = html.dumps(shown), markdown.dumps(shown)

    assert "<polyline" in page
    assert BROKEN not in page
    assert "validator-1 is killed" in page
    assert "## Faults" in summary
    assert "validator-1 is killed" in summary
