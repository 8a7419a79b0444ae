from __future__ import annotations

import pytest

from pytest_roadmap.model import Band, BlockSamples, NodeSamples, Timeline

TIMELINE = Timeline(
    began=1766000000.123,
    nodes=(
        (
            "validator-0",
            NodeSamples(
                at=(0.5, 1.5),
                height=(7, 8),
                round=(0, 1),
                peers=(4, 3),
                latency_ms=(12.25, 3.5),
                pending=(0, 2),
            ),
        ),
        ("full-0", NodeSamples()),
    ),
    blocks=BlockSamples(at=(0.9,), height=(8,), transactions=(12,)),
    bands=(
        Band(what="P2P of validator-0 is cut", injected=2.0, verified=2.5, healed=9.0),
        Band(what="validator-1 is killed", injected=12.0),
    ),
)


def test_a_time_line_survives_its_text() -> None:
    assert Timeline.from_text(TIMELINE.to_text()) == TIMELINE


def test_a_moment_that_never_came_is_not_written() -> None:
    assert '{"what":"validator-1 is killed","injected":12.0}' in TIMELINE.to_text()


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "null",
        '{"began": 1, "nodes": [], "blocks": {}, "bands": []}',
        '{"began": 1, "nodes": {}, "blocks": {"odd": []}, "bands": []}',
        '{"began": 1, "nodes": {}, "blocks": {}, "bands": [{"injected": 2}]}',
    ],
)
def test_another_text_is_no_time_line(text) -> None:
    with pytest.raises(ValueError, match="this is no time-line"):
        Timeline.from_text(text)
