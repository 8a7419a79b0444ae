"""Test the Go programs that the images are made of.

    python tests/programs.py

Every module below `k8s` that has tests is formatted, vetted and tested.  Go is
found or got as it is for the images, and compiles with their flags, so that
what one has compiled serves the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target.commands import Machine
from pytest_roadmap.target.places import places
from pytest_roadmap.target.provision import Provisioner
from pytest_roadmap.target.versions import newest_go

CHECKOUT = Path(__file__).resolve().parent.parent
FLAGS = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-buildvcs=false -mod=readonly -trimpath",
    "GOWORK": "off",
}


def modules() -> list[Path]:
    """Return the folders of the modules that have tests."""
    found = [file.parent for file in (CHECKOUT / "k8s").rglob("go.mod")]
    return sorted(folder for folder in found if any(folder.rglob("*_test.go")))


def main() -> int:
    """Test one module after the other; return 1 if one of them is not in order."""
    ours = places(CHECKOUT)
    try:
        go = Provisioner(ours, Machine()).go(newest_go(ours.recipes))
    except ProvisionError as error:
        print(f"the Go programs could not be tested: {error}", file=sys.stderr)
        return 1
    return 1 if [folder for folder in modules() if not _in_order(go, folder)] else 0


def _in_order(go: str, folder: Path) -> bool:
    """Format, vet and test a module; say what is wrong with it."""
    print(f"{folder.relative_to(CHECKOUT)}", flush=True)
    gofmt = Path(go).with_name("gofmt") if "/" in go else "gofmt"
    unformatted = subprocess.run(
        [gofmt, "-l", "."], cwd=folder, check=True, capture_output=True, text=True
    ).stdout
    if unformatted:
        print(f"not as gofmt has it: {unformatted}", file=sys.stderr)
    done = [
        subprocess.run(
            [go, what, "./..."], cwd=folder, check=False, env={**os.environ, **FLAGS}
        ).returncode
        for what in ("vet", "test")
    ]
    return not unformatted and not any(done)


if __name__ == "__main__":
    sys.exit(main())
