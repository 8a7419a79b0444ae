from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = """\
# Roadmap

## Tests (3 tests)

### Phase 1: Ground (2 tests)

**Walls**: upright, dry

### Phase 2: Roof (1 tests)

**Tiles**: laid

### Success Criteria

- **100%** Phase 1 (Ground)
- **90%** Phase 2 (Roof)
"""

PLAN = """\
suite: house
title: A house
document: roadmap.md
expect: {1: 2, 2: 1}
needs: {mason: Somebody who lays bricks.}
phases:
  - number: 1
    name: Ground
    words: {plumb: Upright within a millimetre.}
    facts: {survey: Every wall is measured once.}
    sections:
      - name: Walls
        requirements:
          - id: HOUSE-WALL-1
            topic: upright
            title: Every wall is plumb.
            given: A wall.
            when: It is measured.
            then: It is plumb.
            limits: {lean_mm: {at_most: 1}, walls: {at_least: 4, at_most: 4.5}}
            counter_example: a tower in Pisa
            strength: exercised
            isolation: read
            needs: [mason]
            shares: survey
            seconds: 3
          - id: HOUSE-WALL-2
            topic: dry; upright
            title: No wall is wet.
            given: Rain.
            when: It has rained for a day.
            then: The wall is dry inside.
            counter_example: a cellar by the sea
  - number: 2
    name: Roof
    sections:
      - name: Tiles
        requirements:
          - id: HOUSE-TILE-1
            topic: laid
            title: Every tile lies.
            given: A roof.
            when: It storms.
            then: No tile has moved.
            counter_example: a roof of straw
            script: {command: "tests/tiles.sh --fast 'two words'", timeout_seconds: 5}
"""

CRITERIA = """\
phases:
  - {phase: 1, threshold: "100 %", sentence: "**100%** Phase 1 (Ground)"}
  - {phase: 2, threshold: "90%"}
"""


class House:
    """A small suite on disk whose files a test may spoil."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "suites" / "house"
        self.folder.mkdir(parents=True)
        for name, text in {
            "roadmap.md": DOCUMENT,
            "plan.yaml": PLAN,
            "criteria.yaml": CRITERIA,
            "waivers.yaml": "waivers: []\n",
        }.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def line(self, name: str, text: str) -> str:
        """Return where `text` first stands, as errors name it."""
        lines = (self.folder / name).read_text(encoding="utf-8").splitlines()
        number = next(n for n, line in enumerate(lines, 1) if text in line)
        return f"{(self.folder / name).as_posix()}:{number}"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)
