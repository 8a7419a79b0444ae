"""Run every benchmark; each prints ratios that were measured in one run.

python tests/benchmarks [NAME …]    for example: plugin waiting reports
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(FOLDER.parents[1])}  # for tests.target


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; return 1 if one did not run to its end."""
    found = {path.stem.removeprefix("bench_"): path for path in FOLDER.glob("bench_*")}
    if unknown := set(names) - found.keys():
        print(f"no benchmark {unknown}; there are: {', '.join(sorted(found))}")
        return 2
    broken = []
    for name in names or sorted(found):
        print(f"\n--- {name}", flush=True)
        command = [sys.executable, found[name]]
        if subprocess.run(command, check=False, env=ENVIRONMENT).returncode:
            broken.append(name)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
