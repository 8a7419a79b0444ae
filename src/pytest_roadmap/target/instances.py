"""The chain instances of one process: born, lent, taken back, ended.

instance = pool.acquire()            # healthy: every validator signs
…
pool.release(instance)               # used again if nothing is left on it
instance = pool.fresh()              # applied just now: for claims about births
pool.undisturbed()                   # the one that all processes share
"""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target import clock, fingerprints
from pytest_roadmap.target.births import Births
from pytest_roadmap.target.chain import ChainInstance
from pytest_roadmap.target.manifests import digest_of, manifests_of, without_pods
from pytest_roadmap.target.objects import Namespace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pytest_roadmap.target.cluster import Cluster
    from pytest_roadmap.target.overlays import Overlay
    from pytest_roadmap.target.profile import Profile

_STEADY_SECONDS = 20.0
_DIGEST = "pytest-roadmap.dev/digest"


class ChainPool:
    """Makes and keeps the instances of one profile with one overlay.

    Args:
        cluster: Where they live.
        profile: What they are, with the overlay's partial profile merged.
        overlay: A counter-example's changes, or None.
        variant: The variant of the profile that they are; empty for none.
    """

    def __init__(
        self,
        cluster: Cluster,
        profile: Profile,
        overlay: Overlay | None = None,
        variant: str = "",
    ) -> None:
        self._cluster = cluster
        self._profile = profile
        self._overlay = overlay
        self._variant = variant
        self._variants: dict[str, ChainPool] = {}
        self._idle: list[ChainInstance] = []
        self._made: set[str] = set()  # namespaces to delete at the end
        self._prints: dict[str, fingerprints.Print] = {}
        self._undisturbed: ChainInstance | None = None
        digest = f"{profile.digest[:8]}{overlay.digest[:8] if overlay else ''}{variant}"
        what = f"{profile.name} with {overlay.name}" if overlay else profile.name
        self._births = Births(cluster.state, f"{cluster.run}-{digest}", what)

    def variant(self, name: str) -> ChainPool:
        """Return the pool of a variant: the same target, begun with another genesis.

        Raises:
            UnavailableError: The profile declares no such variant.
        """
        self._profile.variant(name)
        if name not in self._variants:
            args = (self._cluster, self._profile, self._overlay, name)
            self._variants[name] = ChainPool(*args)
        return self._variants[name]

    # ------------------------------------------------------------------- lending

    def acquire(self) -> ChainInstance:
        """Return an instance in which every validator signs.

        One that takes the place of an instance that did not heal says so in its
        `rebuilt`.

        Raises:
            UnavailableError: None can be had; with the root cause.
        """
        if not self._profile.deployed_by_us:
            return self.undisturbed()
        worn: list[str] = []
        while self._idle:
            instance = self._idle.pop()
            why = fingerprints.why_worn(instance, self._prints.get(instance.name))
            if not why:
                return instance
            worn.append(f"{instance.name} was given up: {why}")
            self.discard(instance)
        instance = self.fresh(lean=True)
        instance.rebuilt = "; ".join(worn)
        self._births.wait(instance)
        self._note_born(instance)
        return instance

    def release(self, instance: ChainInstance, *, as_born: bool = False) -> None:
        """Take an instance back; whether it is as new is asked when it is lent.

        Args:
            instance: One that this pool has lent.
            as_born: It was made by `fresh`, is healthy, and only looked at.
        """
        if as_born:
            self._note_born(instance)
        if instance is not self._undisturbed:
            self._idle.append(instance)
            if (api := self._profile.api) is not None:
                instance.scale(api, 0)  # a probe that needs them asks for them

    def give_up(self, cause: str) -> None:
        """Remember why an instance of `fresh` has not come up: none would."""
        self._births.give_up(cause)

    def discard(self, instance: ChainInstance) -> None:
        """Begin to delete an instance that nobody will use again."""
        instance.stop()
        if instance.name in self._made:
            self._cluster.remove([instance.name])

    def fresh(
        self, *, without: tuple[str, ...] = (), lean: bool = False
    ) -> ChainInstance:
        """Apply a new instance and return it at once, however it gets on.

        Args:
            without: Objects (`Kind/name`) to hold back, such as the genesis;
                `give(instance, reference)` applies them later.
            lean: Without API pods, until `with_api` asks for them.

        Raises:
            UnavailableError: The profile has no manifests, or applying failed.
        """
        if not self._profile.deployed_by_us:
            raise UnavailableError(
                f"the profile {self._profile.name} has no manifests: "
                "no instance of one's own can be made"
            )
        if cause := self._births.hopeless:
            raise UnavailableError(cause)
        name = self._cluster.name(self._profile.namespace)
        documents = self._manifests()
        return self._applied(
            name,
            without_pods(documents, self._profile.api) if lean else documents,
            without,
        )

    def give(self, instance: ChainInstance, reference: str) -> float:
        """Apply an object that was held back; return when.

        Raises:
            TargetError: The manifests have no such object.
        """
        for document in self._manifests():
            if f"{document['kind']}/{document['metadata']['name']}" == reference:
                at = clock.now()
                instance.space.apply(document)
                return at
        raise TargetError(f"the manifests have no {reference}", where=instance.name)

    def undisturbed(self) -> ChainInstance:
        """Return the instance that all processes of a run share and none disturbs.

        The first process makes it under a lock; the others wait and attach.

        Raises:
            UnavailableError: It cannot be had; with the root cause.
        """
        if self._undisturbed is None:
            if cause := self._births.hopeless:
                raise UnavailableError(cause)
            state = self._cluster.state
            state.mkdir(parents=True, exist_ok=True)
            with (state / f"undisturbed-{self._shared_name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._undisturbed = self._attached() or self._made_shared()
        return self._undisturbed

    def close(self, *, keep: bool = False) -> None:
        """Stop following, and delete what this process has made, unless kept.

        Raises:
            NeverHappenedError: A namespace or a volume does not go away.
        """
        for pool in self._variants.values():
            pool.close(keep=keep)
        for instance in [*self._idle, *filter(None, [self._undisturbed])]:
            instance.stop()
        if self._made and not keep:
            self._cluster.end(self._made)
        self._idle, self._undisturbed, self._made = [], None, set()

    # ------------------------------------------------------------------- births

    def _manifests(self) -> tuple[Mapping[str, Any], ...]:
        """Return the objects of an instance."""
        return manifests_of(self._profile, self._overlay, self._variant)

    def _applied(
        self,
        name: str,
        documents: tuple[Mapping[str, Any], ...],
        without: tuple[str, ...] = (),
    ) -> ChainInstance:
        """Apply an instance under a name, with its watches begun before."""
        space = self._cluster.space_named(name)
        self._made.add(name)
        space.make({_DIGEST: digest_of(documents)})
        instance = ChainInstance(
            self._cluster, self._profile, space, overlay=self._overlay
        )
        for watch in (space.pods, space.events, space.sets):
            watch.wait_synced()
        held = frozenset(without)
        instance.applied = clock.now()
        space.apply(
            *(
                document
                for document in documents
                if f"{document['kind']}/{document['metadata']['name']}" not in held
            )
        )
        _ = instance.blocks  # the recorder begins
        return instance

    def _note_born(self, instance: ChainInstance) -> None:
        """Remember how a healthy, new instance looks, and that there was one."""
        self._births.note_success()
        self._prints[instance.name] = fingerprints.take(instance)

    # ------------------------------------------------------------------- sharing

    @property
    def _shared_name(self) -> str:
        """The name of the shared instance's namespace."""
        name = self._profile.namespace
        if not self._profile.deployed_by_us:
            return name
        if self._overlay:
            name = f"{name}-{self._overlay.digest[:6]}"
        return f"{self._cluster.prefix}-{name}" if self._cluster.prefix else name

    def _attached(self) -> ChainInstance | None:
        """Return the shared instance if it is there, of our manifests and steady."""
        space = self._cluster.space_named(self._shared_name)
        found = self._cluster.api.find(Namespace, space.name)
        if not self._profile.deployed_by_us:
            return self._existing(found is not None)
        if found is None:
            return None
        instance = ChainInstance(
            self._cluster, self._profile, space, overlay=self._overlay
        )
        wanted = digest_of(self._manifests())
        if not found.deleting and found.annotations.get(_DIGEST) == wanted:
            try:
                instance.until_steady(within=_STEADY_SECONDS)
            except (NeverHappenedError, TargetError):
                pass
            else:
                self._made.add(space.name)
                return instance
        instance.stop()
        self._cluster.end([space.name])
        return None

    def _existing(self, there: bool) -> ChainInstance:
        """Return the user's own chain, which we only look at.

        Raises:
            UnavailableError: It is not there, or not steady.
        """
        profile = self._profile
        if not there:
            raise UnavailableError(f"there is no namespace {profile.namespace}")
        space = self._cluster.space_named(profile.namespace)
        instance = ChainInstance(self._cluster, profile, space, first_block=None)
        self._births.wait(instance)
        return instance

    def _made_shared(self) -> ChainInstance:
        """Make the shared instance."""
        instance = self._applied(self._shared_name, self._manifests())
        self._births.wait(instance)
        self._births.note_success()
        return instance
