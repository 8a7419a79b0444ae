"""The committed examples are what the code writes, to the byte.

To write them anew: ROADMAP_WRITE_EXAMPLES=1 pytest tests/reporting/test_examples.py
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from pytest_roadmap.reporting import write_all
from pytest_roadmap.reporting.terminal import show

EXAMPLES = Path(__file__).parents[2] / "reports/examples"
NAMES = [
    "annotations.txt",
    "ctrf.json",
    "gl-code-quality-report.json",
    "items.prom",
    "junit.xml",
    "metrics.prom",
    "openmetrics.txt",
    "report.html",
    "roadmap.sarif",
    "scorecard.json",
    "summary.md",
]


@pytest.fixture(scope="module")
def written(card, tmp_path_factory):
    wanted = os.environ.get("ROADMAP_WRITE_EXAMPLES")
    folder = EXAMPLES if wanted else tmp_path_factory.mktemp("examples")
    assert write_all(card, folder) == []
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    show(card, console, "reports/runs/20260310-115000-example")
    text = "".join(f"{x.rstrip()}\n" for x in console.file.getvalue().splitlines())
    (folder / "terminal.txt").write_text(text)
    return folder


@pytest.mark.parametrize("name", [*NAMES, "terminal.txt"])
def test_the_example_is_what_the_code_writes(written, name):
    assert (EXAMPLES / name).read_text() == (written / name).read_text()
