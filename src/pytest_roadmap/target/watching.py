"""Shared watches: what the API serves, followed instead of asked for.

    pods = watches.of(Pod, namespace)
    pods.now()                                   # all pods, from memory
    pods.get("validator-0")                      # one, or None
    pods.until(lambda pods: all(p.ready for p in pods), within=60, what="…")
    pods.until_seen(lambda pod: not pod.ready, since=start, within=20, what="…")
    pods.history(name="validator-0", since=start)  # each version

There is one watch for each kind and namespace of a process, whoever asks.  It
costs two requests at the start and one now and then.  Everything that arrives
is kept with its moment, so that "it never happened" can be said of the past.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.changes import Change, Flip, chosen, flips_of
from pytest_roadmap.target.following import Follower
from pytest_roadmap.target.objects import Object
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_roadmap.target.objects import Document
    from pytest_roadmap.target.requests import Requests

__all__ = ["Change", "Flip", "Watch", "Watches"]

V = TypeVar("V", bound=Object)
T = TypeVar("T")

_KEPT = 50_000  # versions; far more than a run has
_BRIEF = 8  # objects in a failure's text


class Watch(Generic[V]):
    """The objects of one kind and namespace, as they are and as they were."""

    def __init__(self, requests: Requests, kind: type[V], namespace: str) -> None:
        self.kind = kind
        self.namespace = namespace
        self._objects: dict[tuple[str, str], V] = {}
        self._history: list[Change[V]] = []
        self._lock = threading.Lock()
        self.synced = threading.Event()
        path = kind.resource.path(namespace)
        self._follower = Follower(
            requests, path, listed=self._listed, changed=self._changed
        )
        self._follower.start()

    # ------------------------------------------------------------------ reading

    def now(self) -> tuple[V, ...]:
        """Return the objects as they are, by name."""
        with self._lock:
            objects = list(self._objects.values())
        return tuple(sorted(objects, key=lambda o: (o.namespace, o.name)))

    def get(self, name: str) -> V | None:
        """Return the object of this name as it is, or None."""
        with self._lock:
            for (_, known), value in self._objects.items():
                if known == name:
                    return value
        return None

    def __getitem__(self, name: str) -> V:
        """Return the object of this name as it is.

        Raises:
            TargetError: There is none.
        """
        found = self.get(name)
        if found is None:
            there = ", ".join(o.name for o in self.now()) or "none"
            raise TargetError(
                f"there is no {self.kind.resource.kind} {name} (there: {there})",
                where=f"namespace {self.namespace}",
            )
        return found

    def history(
        self, *, name: str = "", uid: str = "", since: float = 0.0
    ) -> tuple[Change[V], ...]:
        """Return every version that arrived since a moment, oldest first."""
        with self._lock:
            changes = list(self._history)
        return chosen(changes, name=name, uid=uid, since=since)

    def flips(
        self,
        question: Callable[[V], object],
        *,
        name: str = "",
        uid: str = "",
        since: float = 0.0,
    ) -> tuple[Flip[V], ...]:
        """Return the moments at which the answer of one object changed.

        The first entry is the first answer; a deletion answers None.
        """
        return flips_of(self.history(name=name, uid=uid, since=since), question)

    # ------------------------------------------------------------------ waiting

    def until(
        self, claim: Callable[[tuple[V, ...]], T], *, within: float, what: str
    ) -> T:
        """Wait until the objects are as `claim` says; return its answer.

        Raises:
            NeverHappenedError: They were not, within `within` seconds.
        """
        return pulse.until(
            lambda: claim(self.now()), within=within, what=what, seen=self.brief
        )

    def until_one(
        self, name: str, claim: Callable[[V], object], *, within: float, what: str
    ) -> V:
        """Wait until the object of this name is as `claim` says; return it.

        Raises:
            NeverHappenedError: It was not, within `within` seconds.
        """

        def holds() -> V | None:
            """Return the object when the claim holds."""
            found = self.get(name)
            return found if found is not None and claim(found) else None

        found = pulse.until(
            holds, within=within, what=what, seen=lambda: str(self.get(name) or "none")
        )
        assert found is not None  # noqa: S101 - until returns true answers only
        return found

    def until_seen(
        self,
        claim: Callable[[V], object],
        *,
        within: float,
        what: str,
        since: float | None = None,
    ) -> Change[V]:
        """Wait until any version since a moment (default: now) is as `claim` says.

        Unlike `until` it cannot miss what lasted for a moment only.  A deleted
        object is shown in its last version.

        Raises:
            NeverHappenedError: None was, within `within` seconds.
        """
        start = clock.now() if since is None else since

        def first() -> Change[V] | None:
            """Return the first version of which the claim holds."""
            changes = self.history(since=start)
            return next((c for c in changes if claim(c.object)), None)

        found = pulse.until(first, within=within, what=what, seen=self.brief)
        assert found is not None  # noqa: S101 - until returns true answers only
        return found

    def until_gone(self, uids: Iterable[str], *, within: float) -> None:
        """Wait until the objects with these uids are gone for good.

        Raises:
            NeverHappenedError: Some are still there after `within` seconds.
        """
        wanted = frozenset(uids)
        self.until(
            lambda objects: not wanted & {o.uid for o in objects},
            within=within,
            what=f"the end of {len(wanted)} {self.kind.resource.plural}",
        )

    def brief(self) -> str:
        """Return in a few words how the objects are."""
        objects = self.now()
        lines = [str(o) for o in objects[:_BRIEF]]
        more = len(objects) - _BRIEF
        problem = self._follower.problem
        lines += [f"and {more} more"] if more > 0 else []
        lines += [f"(the watch is broken: {problem})"] if problem else []
        return "; ".join(lines) or f"no {self.kind.resource.plural}"

    # ---------------------------------------------------------------- following

    def stop(self) -> None:
        """Stop following."""
        self._follower.stop()

    def wait_synced(self, within: float = 15.0) -> None:
        """Wait for the first list.

        Raises:
            TargetError: The API server refused it, or did not answer in time.
        """
        pulse_within = clock.now() + within
        while not self.synced.wait(0.25):
            if self._follower.refusal is not None:
                raise self._follower.refusal
            if clock.now() > pulse_within:
                raise TargetError(
                    f"no list of {self.kind.resource.plural} within {within:g} s: "
                    f"{self._follower.problem or 'no answer'}",
                    where=f"namespace {self.namespace or '(all)'}",
                )

    def _listed(self, documents: list[Document]) -> None:
        """Take over a fresh list; what is not in it any more was deleted."""
        at = clock.now()
        fresh = {_key(view): view for view in map(self.kind, documents)}
        with self._lock:
            for key, old in self._objects.items():
                if key not in fresh or fresh[key].uid != old.uid:
                    self._keep(Change(at=at, what="deleted", object=old))
            for key, view in fresh.items():
                before = self._objects.get(key)
                if before is None or before.version != view.version:
                    self._keep(Change(at=at, what="listed", object=view))
            self._objects = fresh
        self.synced.set()
        pulse.beat()

    def _changed(self, what: str, document: Document) -> None:
        """Take over one event of the watch."""
        view = self.kind(document)
        with self._lock:
            self._keep(Change(at=clock.now(), what=what, object=view))
            if what == "deleted":
                self._objects.pop(_key(view), None)
            else:
                self._objects[_key(view)] = view
        pulse.beat()

    def _keep(self, change: Change[V]) -> None:
        """Add to the history; the oldest are forgotten beyond a bound."""
        self._history.append(change)
        if len(self._history) > _KEPT:
            del self._history[: _KEPT // 10]


def _key(view: Object) -> tuple[str, str]:
    """Return what tells an object of one kind from the others."""
    return view.namespace, view.name


class Watches:
    """The watches of a process: one for each kind and namespace."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._watches: dict[tuple[type[Object], str], Watch[Object]] = {}
        self._lock = threading.Lock()

    def of(self, kind: type[V], namespace: str = "") -> Watch[V]:
        """Return the watch of a kind in a namespace, with its first list.

        Raises:
            TargetError: The API server refused it, or did not answer.
        """
        with self._lock:
            watch = self._watches.get((kind, namespace))
            if watch is None:
                watch = Watch(self._requests, kind, namespace)
                self._watches[kind, namespace] = watch
        try:
            watch.wait_synced()
        except TargetError:
            self.drop(kind, namespace)
            raise
        return watch  # type: ignore[return-value]

    def drop(self, kind: type[Object], namespace: str) -> None:
        """Stop one watch, if there is one."""
        with self._lock:
            watch = self._watches.pop((kind, namespace), None)
        if watch is not None:
            watch.stop()

    def drop_namespace(self, namespace: str) -> None:
        """Stop every watch of a namespace that is about to go."""
        for kind, known in list(self._watches):
            if known == namespace:
                self.drop(kind, namespace)

    def stop(self) -> None:
        """Stop all watches."""
        for kind, namespace in list(self._watches):
            self.drop(kind, namespace)
