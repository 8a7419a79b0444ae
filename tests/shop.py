"""A small suite on disk: one requirement for a probe, one for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STATUS = "SHOP-STATUS-1"
AUDIT = "SHOP-AUDIT-1"  # which people attest
PLAN = """\
suite: {suite}
title: A shop
document: roadmap.md
expect: {{1: 2}}
phases:
  - number: 1
    name: Shop
    sections:
      - name: Status
        requirements:
          - {{id: SHOP-STATUS-1, title: The status page answers.}}
          - {{id: SHOP-AUDIT-1, title: The auditors have been., manual: true}}
"""


def make_shop(project: Path, suite: str = "shop") -> Path:
    """Write the suite into a project, and return its folder."""
    folder = project / "suites" / suite
    folder.mkdir(parents=True)
    (folder / "plan.yaml").write_text(PLAN.format(suite=suite))
    (folder / "roadmap.md").write_text("# Shop\n\n- [ ] open\n")
    (folder / "criteria.yaml").write_text('phases: [{phase: 1, threshold: "100 %"}]\n')
    return folder
