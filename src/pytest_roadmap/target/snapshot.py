"""An excerpt of a namespace, taken when a probe has failed, before the clean-up.

Pods with their conditions and container states, the last lines of every
container's log, the events: at most five seconds and five megabytes, and no
part can spoil another.
"""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.target import clock
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.resources import known
from pytest_roadmap.target.workloads import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.pods import Container

_LINES = 150
_SECONDS = 5.0
_BYTES = 5_000_000
_TOGETHER = 12
_STATES = ("StatefulSet", "Deployment", "PersistentVolumeClaim", "PodDisruptionBudget")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One piece of an excerpt: "record", "log" or "event", a name, and its text."""

    kind: str
    name: str
    text: str


def take(api: Api, namespace: str) -> tuple[Part, ...]:
    """Return the excerpt of a namespace; what cannot be had says why."""
    end = clock.now() + _SECONDS
    pool = ThreadPoolExecutor(_TOGETHER, thread_name_prefix="snapshot")
    try:
        listing = pool.submit(api.list, Pod, namespace)
        asked = _asked(pool, _first(api, namespace))
        wait([listing], timeout=_SECONDS / 2)
        if listing.done() and listing.exception() is None:
            asked += _asked(pool, _logs(api, listing.result()))
        wait([future for _, _, future in asked], timeout=max(end - clock.now(), 0))
        return _bounded(_part(*one) for one in asked)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _first(api: Api, namespace: str) -> Iterator[tuple[str, str, Callable[[], str]]]:
    """Yield what tells most: pods, events, and the state of what keeps pods."""
    yield "record", "pods", lambda: _pods(api, namespace)
    yield "event", "events", lambda: _events(api, namespace)
    yield "record", "workloads", lambda: _workloads(api, namespace)


def _logs(
    api: Api, pods: Iterable[Pod]
) -> Iterator[tuple[str, str, Callable[[], str]]]:
    """Yield the logs, of the present run and of the one before."""
    for pod in sorted(pods, key=lambda p: p.ready):  # the broken ones first
        for container in pod.all_containers:
            if container.ever_started:
                name = f"{pod.name}/{container.name}"
                yield "log", name, _log(api, pod, container, previous=False)
            if container.last is not None:
                name = f"{pod.name}/{container.name} (previous run)"
                yield "log", name, _log(api, pod, container, previous=True)


def _log(
    api: Api, pod: Pod, container: Container, *, previous: bool
) -> Callable[[], str]:
    """Return what fetches a log."""
    return lambda: api.logs(
        pod.namespace,
        pod.name,
        container.name,
        previous=previous,
        tail=_LINES,
        timestamps=True,
    )


def _pods(api: Api, namespace: str) -> str:
    """Return every pod with its conditions and container states."""
    return json.dumps(
        [
            {
                "name": pod.name,
                "uid": pod.uid,
                "node": pod.node,
                "how": str(pod),
                "status": pod.at("status"),
            }
            for pod in api.list(Pod, namespace)
        ],
        indent=1,
    )


def _events(api: Api, namespace: str) -> str:
    """Return the events in the order in which they happened last."""
    events = sorted(api.list(Event, namespace), key=lambda event: event.last)
    return "\n".join(f"{clock.stamp(event.last)} {event}" for event in events)


def _workloads(api: Api, namespace: str) -> str:
    """Return the status of sets, deployments, claims and budgets."""
    lines = []
    for kind in _STATES:
        found = known(kind)
        path = found.path(namespace) if found else ""
        for raw in api.requests.call("GET", path)["items"]:
            status = json.dumps(raw.get("status", {}))
            lines.append(f"{kind}/{raw['metadata']['name']} {status}")
    return "\n".join(lines)


def _asked(
    pool: ThreadPoolExecutor, wanted: Iterable[tuple[str, str, Callable[[], str]]]
) -> list[tuple[str, str, Future[str]]]:
    """Begin to fetch parts side by side."""
    return [(kind, name, pool.submit(fetch)) for kind, name, fetch in wanted]


def _part(kind: str, name: str, future: Future[str]) -> Part:
    """Return a part as it was fetched, or why it was not."""
    if not future.done():
        text = "(not fetched: the time for the excerpt was over)"
    elif (error := future.exception()) is not None:
        text = f"(not fetched: {error})"
    else:
        text = future.result()
    return Part(kind=kind, name=name, text=text)


def _bounded(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts, cut where all of them together would be too large."""
    left = _BYTES
    kept = []
    for part in parts:
        content = part.text.encode()
        text = part.text
        if len(content) > left:
            text = content[-left:].decode(errors="ignore") if left else "(cut off)"
        left = max(left - len(content), 0)
        kept.append(Part(kind=part.kind, name=part.name, text=text))
    return tuple(kept)
