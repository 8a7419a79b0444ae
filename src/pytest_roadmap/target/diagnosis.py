"""Why pods do not come up, the most telling reason first."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.requests import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.pods import Container, Pod
    from pytest_roadmap.target.space import Space

_LINES = 3
_LONGEST = 400
_REASONS = 3
_NEVER = frozenset(
    {
        "ErrImageNeverPull",
        "ImagePullBackOff",
        "InvalidImageName",
        "CreateContainerConfigError",
    }
)
_SLOW = "failed to sync"  # the kubelet has not got a ConfigMap or Secret yet
_TOO_OFTEN = 4  # restarts after which a birth is given up
_TELLING_EVENTS = (
    "FailedCreate",
    "FailedScheduling",
    "FailedMount",
    "FailedAttachVolume",
    "ProvisioningFailed",
    "FailedBinding",
    "Unhealthy",
    "BackOff",
    "Failed",
)


def root_cause(space: Space) -> str:
    """Return in one sentence or two why not all pods of a namespace are Ready."""
    reasons = list(dict.fromkeys(_reasons(space)))
    if not reasons:
        return space.pods.brief()
    more = len(reasons) - _REASONS
    rest = f"; and {more} more" if more > 0 else ""
    return "; ".join(reasons[:_REASONS]) + rest


def of_chain(chain: ChainInstance) -> str:
    """Return why a chain does not come up: first that it is not one chain at all.

    Validators that each made a genesis of their own wait for each other, Ready or
    not, and nothing about their pods says why.
    """
    firsts: dict[str, list[str]] = {}
    for node in chain.validators:
        with contextlib.suppress(TargetError, ConnectionError):
            if node.exists:
                firsts.setdefault(node.rpc.genesis().digest, []).append(node.name)
    if len(firsts) < 2:  # noqa: PLR2004 - one chain has one genesis
        return root_cause(chain.space)
    groups = "; ".join(", ".join(names) for names in firsts.values())
    return (
        f"{len(firsts)} chains under one name: the validators run {len(firsts)} "
        f"different genesis documents ({groups})"
    )


def hopeless(space: Space) -> bool:
    """Whether waiting on will not help: no image, or crash after crash."""
    return any(
        _never(container) or container.restarts >= _TOO_OFTEN
        for pod in space.pods.now()
        for container in pod.all_containers
    )


def _never(container: Container) -> bool:
    """Whether a container waits for what will never be."""
    run = container.now
    return run.reason in _NEVER and _SLOW not in run.message


def _reasons(space: Space) -> Iterator[str]:
    """Yield the reasons: init containers, containers, then events."""
    pods = [pod for pod in space.pods.now() if not pod.ready and not pod.ended]
    for pod in pods:
        for container in pod.init_containers:
            yield from _container(space, pod, container)
    for pod in pods:
        for container in pod.containers:
            yield from _container(space, pod, container)
    events = [e for e in space.events.now() if e.reason in _TELLING_EVENTS]
    for event in sorted(events, key=lambda e: _TELLING_EVENTS.index(e.reason)):
        if event.reason != "Unhealthy" or any(p.uid == event.about_uid for p in pods):
            yield str(event)
    yield from _claims(space)


def _claims(space: Space) -> Iterator[str]:
    """Yield the claims that got no volume, each with what was said of it last."""
    events = sorted(space.events.now(), key=lambda event: event.last)
    for claim in space.claims.now():
        if not claim.bound:
            about = [e.message for e in events if e.about_uid == claim.uid]
            last = f": {about[-1]}" if about else ""
            yield (
                f"claim {claim.name} of class {claim.storage_class} is "
                f"{claim.phase or 'new'}{last}"
            )


def _container(space: Space, pod: Pod, container: Container) -> Iterator[str]:
    """Yield why a container has ended or cannot start."""
    for run in (container.now, container.last):
        if run is not None and run.exit_code:
            said = _first_line(run.message) or _last_words(space, pod, container)
            name = f"{pod.name}, container {container.name}"
            reason = f" {run.reason}" if run.reason else ""
            yield f"{name} ended with {run.exit_code}{reason}: {said or 'no word'}"
            return
    if container.now.reason in _NEVER:
        run = container.now
        said = run.message or container.image
        yield f"{pod.name}, container {container.name}: {run.reason} ({said})"


def _first_line(text: str) -> str:
    """Return the first line that says something: what follows is often a trace."""
    lines = (line.strip() for line in text.splitlines())
    return next((line[:_LONGEST] for line in lines if line), "")


def _last_words(space: Space, pod: Pod, container: Container) -> str:
    """Return the last lines of the run that has ended."""
    previous = container.now.state != "terminated"
    try:
        text = space.api.logs(
            space.name, pod.name, container.name, previous=previous, tail=_LINES
        )
    except (ApiError, TargetError):
        return ""
    lines = (line.strip()[:_LONGEST] for line in text.splitlines())
    return " | ".join(line for line in lines if line)
