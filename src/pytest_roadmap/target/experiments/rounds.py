"""How long a round of consensus may take, as the target itself is set up."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    from pytest_roadmap.target.chain_node import ChainNode

_STEPS: Final = (
    "timeout_propose",
    "timeout_prevote",
    "timeout_precommit",
    "timeout_commit",
)
_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PART: Final = re.compile(r"([\d.]+)(h|ms|m|s|us|ns)")
CONFIG: Final = "config/config.toml"


def timeouts(node: ChainNode) -> dict[str, float]:
    """Return the consensus timeouts of a node's config.toml, in seconds.

    Raises:
        TargetError: It cannot be read, or lacks one.
    """
    where = f"{node.name}, {CONFIG}"
    try:
        settings = tomllib.loads(node.read_file(CONFIG).decode())["consensus"]
        return {
            name: seconds(text)
            for name, text in settings.items()
            if name.startswith("timeout_")
        }
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        what = f"the consensus timeouts cannot be read: {error}"
        raise TargetError(what, where=where) from error


def budget(limits: dict[str, float], interval: float) -> float:
    """Return the round budget in seconds.

    The larger of what one round takes when every step runs into its timeout,
    and three block intervals as measured on the undisturbed chain.

    Raises:
        TargetError: A timeout is missing.
    """
    lacking = [name for name in _STEPS if name not in limits]
    if lacking:
        message = f"the chain's settings have no {', '.join(lacking)}"
        raise TargetError(message, where=CONFIG)
    return max(sum(limits[name] for name in _STEPS), 3 * interval)


def seconds(text: str) -> float:
    """Return a duration as Go writes it (`1m30s`, `500ms`) in seconds.

    Raises:
        ValueError: It is none.
    """
    if text == "0":
        return 0.0
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        message = f"{text!r} is no duration"
        raise ValueError(message)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
