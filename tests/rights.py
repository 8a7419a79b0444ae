"""What permissions refuse, tested by root as well, whom they do not stop."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65_534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Let root be somebody whom permissions stop; everybody else stays who they are."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def open_the_way(path: Path) -> None:
    """Let nobody reach `path`: pytest's folders are their owner's only."""
    for folder in path.parents:  # one more of them where there are workers
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
