"""Answers that go on: how a reader in another thread lets go of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import urllib3


def hang_up(response: urllib3.BaseHTTPResponse | None) -> None:
    """End an answer that another thread reads, also while it is silent."""
    if response is None or not hasattr(response, "shutdown"):
        return
    try:
        response.shutdown()
    except (OSError, ValueError, RuntimeError):
        return  # it has ended by itself just now
