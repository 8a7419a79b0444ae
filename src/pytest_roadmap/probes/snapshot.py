"""What a namespace looks like at the moment of a failure, before any clean-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_roadmap.errors import RoadmapError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.space import Space

LINES = 40


def snapshot(space: Space) -> str:
    """Return pods, events and the last lines of each container as text."""
    pods = space.pods.now()
    parts = [f"namespace {space.name}", "", "pods", *(f"  {pod}" for pod in pods)]
    events = sorted(str(event) for event in space.events.now())
    parts += ["", "events", *(f"  {event}" for event in events)]
    for pod in pods:
        parts += _logs(space, pod)
    return "\n".join(parts)


def _logs(space: Space, pod: Pod) -> Iterator[str]:
    """Yield the last lines of a pod's containers, and of their previous runs."""
    for container in pod.all_containers:
        for previous in (False, True) if container.restarts else (False,):
            which = f"{pod.name}, {container.name}{', previous run' * previous}"
            try:
                text = space.api.logs(
                    space.name,
                    pod.name,
                    container.name,
                    previous=previous,
                    tail=LINES,
                )
            except RoadmapError as error:
                text = f"(no log: {error.what})"
            yield f"\nlog of {which}"
            yield text.rstrip()
