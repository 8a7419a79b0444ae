"""The cluster and the target of a run: brought up once, on the controller."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_roadmap.errors import RoadmapError, UnavailableError
from pytest_roadmap.model import Isolation
from pytest_roadmap.probes.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    import pytest

    from pytest_roadmap.model import Finding
    from pytest_roadmap.running.asked import Asked
    from pytest_roadmap.running.options import Options
    from pytest_roadmap.target.cluster import Cluster
    from pytest_roadmap.target.profile import Profile
    from pytest_roadmap.target.provider import Provider

PREFIX = "ROADMAP_PREFIX"  # of our namespaces' names, for runs that share a cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted of the system.

    `site` is the file that tells the other processes, `run` names this run,
    `tell` is given each line of progress.
    """

    site: Path
    run: str
    tell: Callable[[str], None]


class System:
    """Brings the system up before the first probe that needs it, and down again."""

    def __init__(self, config: pytest.Config, options: Options, order: Order) -> None:
        self._config = config
        self._options = options
        self._order = order
        self._held = contextlib.ExitStack()
        self._running: Container[str] = frozenset()
        self.identity: tuple[tuple[str, str], ...] = ()

    def bring_up(self, *, cluster: bool, running: Container[str] = frozenset()) -> None:
        """Provide cluster and target, and tell the workers; or why there is none.

        Args:
            cluster: A probe needs it; otherwise only the files are told.
            running: The requirements whose probes will run, by id.
        """
        self._running = running
        site = Site(run=self._order.run, problem="no probe of this run needs a cluster")
        try:
            site = replace(self._bare(), problem=site.problem)
            site = self._up() if cluster else site
        except (RoadmapError, UnavailableError) as error:
            problem = f"no cluster: {error}"
            if cluster:
                self._order.tell(problem)
            site = replace(site, problem=problem)
        site.write(self._order.site)

    def put_down(self) -> None:
        """Heal what is left, delete the cluster if this run has made it."""
        self._held.close()

    def identify(self, finding: Finding, asked: Asked) -> Finding:
        """Return `finding` with the identity of the system that it is about."""
        requirement = asked.requirements.get(finding.requirement)
        if requirement is None or requirement.isolation is Isolation.STATIC:
            return finding
        return replace(finding, target=self.identity)

    def _bare(self) -> Site:
        """Return the site without a cluster."""
        return Site(
            provider=self._options.cluster,
            run=self._order.run,
            profile=str(self._profile()),
            counterexamples=str(self._config.rootpath / "k8s" / "counterexamples"),
        )

    def _profile(self) -> Path:
        """Return the profile's file, which need not be there."""
        from pytest_roadmap.target.places import places
        from pytest_roadmap.target.profile import default_profile

        if self._options.target is not None:
            return self._options.target
        try:
            return default_profile(places().checkout)
        except RoadmapError as error:
            return Path(error.where)

    def _up(self) -> Site:
        """Return the site with everything up.

        Raises:
            UnavailableError: There is to be no cluster.
            RoadmapError: It cannot be had.
        """
        # Deferred: a run without a cluster must not pay for these imports.
        from pytest_roadmap.target.places import places

        options = self._options
        if options.cluster == "none":
            raise UnavailableError("--roadmap-cluster none")
        provider = self.provider()
        bare = self._bare()
        there = provider.status().exists
        connection = provider.ensure()
        if provider.owned and not there and not options.keep:
            self._held.callback(self._delete, provider)
        site = replace(
            bare,
            kubeconfig=str(connection.kubeconfig),
            context=connection.context,
            owned=connection.owned,
            named=connection.named,
            state=str(places().state),
            prefix=os.environ.get(PREFIX, ""),
        )
        self._prepare(site, provider)
        return site

    def provider(self) -> Provider:
        """Return who provides the cluster."""
        found: Provider | None = self._config.hook.pytest_roadmap_provide_cluster(
            config=self._config, name=self._options.cluster
        )
        if found is None:
            raise UnavailableError(f"nobody provides {self._options.cluster}")
        return found

    def _prepare(self, site: Site, provider: Provider) -> None:
        """Take the lease, heal what former runs have left, load the images."""
        from pytest_roadmap.target.lease import hold
        from pytest_roadmap.target.profile import load_profile

        profile = load_profile(Path(site.profile))
        cluster = site.open(provider)
        self._held.callback(cluster.close)
        requests = cluster.api.requests
        tell = self._order.tell
        if self._options.lease != "share":  # then the others' namespaces are in use
            lease = hold(requests, policy=self._options.lease, tell=tell)
            self._held.enter_context(lease)
            self._heal(cluster, lambda run: run != site.run)
        self._held.callback(self._heal, cluster, lambda run: run == site.run)
        self._load(provider, profile)
        version = requests.call("GET", "/version")
        self.identity = (
            ("cluster", cluster.uid),
            ("kubernetes", str(version.get("gitVersion", ""))),
            ("profile", profile.name),
            ("profile_sha256", profile.digest),
        )

    def _load(self, provider: Provider, profile: Profile) -> None:
        """Put on the nodes what the target, its counter-examples and probes run."""
        from pytest_roadmap.target import tools
        from pytest_roadmap.target.overlays import images_of

        provider.load(profile.images)
        more = [*tools.RECIPES]
        if self._options.counterexamples:
            folder = self._config.rootpath / "k8s" / "counterexamples"
            more += images_of(folder, self._running)
        try:
            provider.load([name for name in more if name not in profile.images])
        except UnavailableError as error:  # what needs them says so itself
            self._order.tell(f"not on the nodes: {error}")

    def _heal(self, cluster: Cluster, runs: Callable[[str], bool]) -> None:
        """Undo what dead processes have left, and delete namespaces of runs."""
        try:
            healing = cluster.heal() + cluster.healer.namespaces(runs)
        except (RoadmapError, UnavailableError) as error:
            self._order.tell(f"could not heal: {error}")
            return
        for line in healing.undone:
            self._order.tell(f"healed: {line}")
        for line in healing.failed:
            self._order.tell(f"could not heal: {line}")

    def _delete(self, provider: Provider) -> None:
        """Delete the cluster that this run has made."""
        self._order.tell("deleting the cluster that this run has made (--roadmap-keep)")
        try:
            provider.delete()
        except RoadmapError as error:
            self._order.tell(f"the cluster could not be deleted: {error}")
