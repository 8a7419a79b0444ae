"""Run every kind of test, each as a step, and say what each one took.

    python tests/everything.py [STEP …]     all steps, or the named ones

Static steps overlap nothing expensive and come first, so that a slip is told in
seconds; the live step makes (or reuses) a kind cluster.  Whatever this command
started, it stops.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

STEPS = {
    "lint": [BIN / "ruff", "check", "."],
    "format": [BIN / "ruff", "format", "--check", "."],
    "types": [BIN / "mypy"],
    "layers": [BIN / "lint-imports"],
    "docstrings": [BIN / "interrogate", "--quiet", "src/pytest_roadmap"],
    "tools": [sys.executable, "tests/tools.py"],
    "unit": [BIN / "pytest", "tests", "-m", "not live", "-n", "2", "-q"],
    "live": [
        BIN / "pytest",
        "tests/live/test_kubernetes_plan.py",
        "tests/live/test_chaos.py",
        "tests/live/test_killed_runner.py",
        "tests/live/test_experiments.py",
        "-m",
        "live and not nightly",
        "-n",
        "0",
        "-q",
        "-s",
    ],
    # After the images, which have compiled nearly everything already.
    "programs": [sys.executable, "tests/programs.py"],
    "benchmarks": [sys.executable, "tests/benchmarks"],
}


def main(names: list[str]) -> int:
    """Run the named steps (all without names); return 1 if any failed."""
    if unknown := set(names) - STEPS.keys():
        print(f"no step {unknown}; there are: {', '.join(STEPS)}", file=sys.stderr)
        return 2
    failed = [name for name in names or STEPS if not run(name)]
    print(f"failed steps: {', '.join(failed)}" if failed else "every step passed")
    return 1 if failed else 0


def run(name: str) -> bool:
    """Run one step, with its output as it comes; tell whether it passed."""
    print(f"\n=== {name}", flush=True)
    start = time.monotonic()
    status = subprocess.run(STEPS[name], check=False, cwd=CHECKOUT).returncode
    took = time.monotonic() - start
    print(
        f"=== {name}: {'ok' if status == 0 else f'FAILED ({status})'} in {took:.0f} s"
    )
    return status == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
