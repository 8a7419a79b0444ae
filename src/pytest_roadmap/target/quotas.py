"""What pods use of a namespace's quota, counted as the API server counts it.

quotas.usage(pods)["limits.memory"]
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.pods import Container, Pod

COUNTED: Final = (
    "pods",
    "requests.cpu",
    "requests.memory",
    "limits.cpu",
    "limits.memory",
)


def usage(pods: Iterable[Pod]) -> dict[str, Fraction]:
    """Return what pods use together; one that has ended uses nothing."""
    there = [pod for pod in pods if not pod.ended]
    return {
        name: sum((_of(pod, name) for pod in there), Fraction()) for name in COUNTED
    }


def _of(pod: Pod, name: str) -> Fraction:
    """Return what one pod uses: its containers, or the largest init container."""
    if name == "pods":
        return Fraction(1)
    kind, _, what = name.partition(".")
    beside = [c for c in pod.init_containers if c.spec.get("restartPolicy") == "Always"]
    before = [c for c in pod.init_containers if c not in beside]
    running = sum(
        (_amount(c, kind, what) for c in (*pod.containers, *beside)), Fraction()
    )
    # An init container runs beside the sidecars that were started before it.
    starting = [
        _amount(one, kind, what)
        + sum((_amount(s, kind, what) for s in _earlier(pod, one, beside)), Fraction())
        for one in before
    ]
    return max([running, *starting])


def _earlier(pod: Pod, one: Container, sidecars: list[Container]) -> list[Container]:
    """Return the sidecars that come before an init container."""
    order = [container.name for container in pod.init_containers]
    return [s for s in sidecars if order.index(s.name) < order.index(one.name)]


def _amount(container: Container, kind: str, what: str) -> Fraction:
    """Return what a container declares."""
    declared = container.request if kind == "requests" else container.limit
    return declared(what) or Fraction()
