"""What the plugin adds to pytest, per requirement, as a ratio in one run.

    python tests/benchmarks/bench_plugin.py [REQUIREMENTS]

The same empty functions are run by bare pytest and as probes, each in a process
of its own, twice; processor time counts, for it does not depend on
what else the machine does, and the better one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 2
BARE = ("-p", "no:roadmap", "-p", "no:xdist", "tests/test_bare.py", "-q")
PROBED = ("--roadmap", "-n0", "-q")


def main() -> int:
    """Print the comparison."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write(root, count)
        best = {
            name: min(_seconds(root, arguments) for _ in range(ROUNDS))
            for name, arguments in (
                ("bare", BARE),
                ("bare, nothing selected", (*BARE, "-k", "nothing")),
                ("roadmap", PROBED),
                ("roadmap, nothing selected", (*PROBED, "-k", "nothing")),
            )
        }
    each_bare = (best["bare"] - best["bare, nothing selected"]) / count
    each = (best["roadmap"] - best["roadmap, nothing selected"]) / count
    for name, seconds in best.items():
        print(f"{name:<28} {seconds:7.2f} s")
    print(f"{'per test, bare':<28} {each_bare * 1000:7.2f} ms")
    print(f"{'per requirement, roadmap':<28} {each * 1000:7.2f} ms")
    print(f"{'ratio per requirement':<28} {each / max(each_bare, 1e-6):7.1f}")
    return 0


def _write(root: Path, count: int) -> None:
    """Write a project with `count` empty tests, once plain and once as probes."""
    suite = root / "suites/bench"
    (suite / "words").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    requirements = [
        {"id": f"B-{n}", "title": f"Claim {n} holds.", "isolation": "static"}
        for n in range(count)
    ]
    sections = [{"name": "Words", "requirements": requirements}]
    plan = {
        "suite": "bench",
        "title": "bench",
        "document": "roadmap.md",
        "expect": {"1": count},
        "phases": [{"number": 1, "name": "First", "sections": sections}],
    }
    (suite / "plan.yaml").write_text(json.dumps(plan))
    (suite / "roadmap.md").write_text("# bench\n\n- [ ] something\n")
    criteria = {"phases": [{"phase": 1, "threshold": "100 %"}]}
    (suite / "criteria.yaml").write_text(json.dumps(criteria))
    (suite / "waivers.yaml").write_text("waivers: []\n")
    bare = [f"def test_{n}(): pass\n" for n in range(count)]
    (root / "tests/test_bare.py").write_text("\n".join(bare))
    probed = [f'@probe("B-{n}")\n{text}' for n, text in enumerate(bare)]
    head = "from pytest_roadmap.probes import probe\n\n"
    (suite / "words/test_words.py").write_text(head + "\n".join(probed))


def _seconds(root: Path, arguments: tuple[str, ...]) -> float:
    """Return the processor time of one run."""
    before = os.times()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    subprocess.run(command, cwd=root, check=False, stdout=subprocess.DEVNULL)
    after = os.times()
    own = after.children_user - before.children_user
    return own + after.children_system - before.children_system


if __name__ == "__main__":
    sys.exit(main())
