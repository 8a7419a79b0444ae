"""A cluster of our own by kind: made, found again, put in order, deleted."""

from __future__ import annotations

import contextlib
import fcntl
import functools
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ProvisionError, RefusedError
from pytest_roadmap.target import dockerd, engine, loading, marking, registry
from pytest_roadmap.target.connection import Connection
from pytest_roadmap.target.images.builder import Builder
from pytest_roadmap.target.images.keys import Shelf
from pytest_roadmap.target.images.progress import duration
from pytest_roadmap.target.images.store import Store
from pytest_roadmap.target.making import NAME, Making
from pytest_roadmap.target.nodes import EngineNodes
from pytest_roadmap.target.provider import ClusterStatus
from pytest_roadmap.target.provision import Provisioner
from pytest_roadmap.target.versions import newest_go

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_roadmap.target.engine import Engine
    from pytest_roadmap.target.images.store import Made
    from pytest_roadmap.target.provider import Wishes

_KIND, _NODE = "kind", "node"
_ADDONS = ("csi-loop", "csi-sidecars")  # which nobody publishes


class Kind:
    """The kind cluster `roadmap`.

    Args:
        wishes: How it is wanted.
    """

    name = "kind"

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._places = wishes.places
        self._shelf = Shelf(self._places.recipes, self._places.checkout)
        self._provisioner = Provisioner(
            self._places, wishes.commands, policy=wishes.provision, tell=wishes.tell
        )
        self._builder = Builder(
            shelf=self._shelf,
            store=Store(self._places.images),
            commands=wishes.commands,
            tell=wishes.tell,
            go=functools.cache(lambda: self._provisioner.go(self._go_version())),
        )
        self._known: Engine | None = None
        self.nodes = EngineNodes(NAME, self._engine)

    @property
    def owned(self) -> bool:
        """Whether the cluster is there and carries our mark."""
        return bool(self._find() and self.nodes.all() and marking.read(self.nodes))

    def plan(self) -> tuple[str, ...]:
        """Return what `ensure` would do outside the checkout, one line each."""
        engine_ = self._find()
        if engine_ and self.nodes.all() and not self._making(engine_).unfinished:
            return ()
        provisioner = self._provisioner
        needs = (*provisioner.engine_needs(), *provisioner.kernel_needs())
        lines = [str(need) for need in needs]
        missing = self._builder.missing(self._recipes())
        if missing:
            needs = self._provisioner.build_needs(go=self._go_version())
            lines += [str(need) for need in needs]
            about = duration(self._builder.estimate(missing))
            lines.append(
                f"build {len(missing)} of the cluster's images into "
                f"{self._places.images}, about {about}: {', '.join(missing)}"
            )
        lines.append(
            f"make the kind cluster {NAME!r}: 1 control plane, 3 workers, as "
            "containers of the engine"
        )
        return tuple(lines)

    def ensure(self) -> Connection:
        """Make the cluster if it is not there; return how it is reached.

        Raises:
            ProvisionError: Something that it needs cannot be had.
            RefusedError: A cluster of this name is there and is not ours.
        """
        with self._alone():
            if not self._in_order():
                self._announce()
                self._put_in_order()
        return Connection(
            kubeconfig=self._places.kubeconfig, context=f"kind-{NAME}", owned=True
        )

    def load(self, recipes: Sequence[str]) -> tuple[str, ...]:
        """Put the images of `recipes` on every node; return their tags."""
        if self._builder.missing(recipes):
            self._prepare_builds(recipes)
        made = self._builder.ensure(recipes)
        images = [image for entry in made.values() for image in entry.images]
        if count := loading.onto_nodes(images, self.nodes):
            self._wishes.tell(f"loaded images onto the nodes ({count} transfers)")
        return tuple(image.tag for image in images)

    def delete(self) -> None:
        """Delete the cluster.

        Raises:
            RefusedError: A cluster of this name is there and is not ours.
        """
        found = self._find()
        if found is None:
            return
        with self._alone():
            if self.nodes.all():
                self._refuse_foreign()
            self._making(found).remove()

    def stop_engine(self) -> bool:
        """Stop the engine that we started; whether there was one."""
        return dockerd.stop(self._places, self._wishes.tell)

    def status(self) -> ClusterStatus:
        """Return what there is now; changes nothing."""
        found = self._find()
        nodes = self.nodes.all() if found else ()
        mark = marking.read(self.nodes) if nodes else None
        return ClusterStatus(
            name=NAME,
            exists=bool(nodes),
            answers=bool(nodes) and (mark is not None or marking.answers(self.nodes)),
            owned=mark is not None,
            engine=f"{found.host} ({found.version})" if found else "",
            kubeconfig=str(self._places.kubeconfig) if nodes else "",
            context=f"kind-{NAME}" if nodes else "",
            nodes=nodes,
            holder=marking.holder(self.nodes) if mark else "",
        )

    def _in_order(self) -> bool:
        """Whether nothing is to be done: all nodes run, it answers and is ours."""
        found = self._find()
        if found is None or not self._places.kubeconfig.exists():
            return False
        nodes = self.nodes.all()
        running = bool(nodes) and all(node.state == "running" for node in nodes)
        return running and marking.read(self.nodes) is not None

    def _put_in_order(self) -> None:
        """Make the cluster, or start, mend or finish the one that is there."""
        making = self._making(self._engine())
        nodes = self.nodes.all()
        if nodes and making.unfinished:
            self._wishes.tell("removing a cluster that was left half made")
            making.remove()
            nodes = ()
        if nodes:
            self._revive(making)
            return
        self._provisioner.kernel()
        made = self._build()
        node = made[_NODE].images[0] if _NODE in made else None
        making.create(
            kind=made[_KIND].binary("kind"),
            node=node,
            load=lambda: self.load(_ADDONS),
        )

    def _revive(self, making: Making) -> None:
        """Bring a cluster back whose nodes or kubeconfig are not as they were."""
        for node in self.nodes.all():
            if node.state == "stopped":
                self._wishes.tell(f"starting {node.name}, which is stopped")
                self.nodes.start(node.name)
            elif node.state == "paused":
                self._wishes.tell(f"resuming {node.name}, which is paused")
                self.nodes.resume(node.name)
        making.wait_until_ready()
        self._refuse_foreign()
        making.write_kubeconfig(self._builder.ensure([_KIND])[_KIND].binary("kind"))

    def _refuse_foreign(self) -> None:
        """Refuse a cluster that we did not make.

        Raises:
            RefusedError: It is not ours.
        """
        if marking.read(self.nodes) is None and not self._making(self._engine()).begun:
            raise RefusedError(
                f"there is a kind cluster {NAME!r} that pytest-roadmap did not make",
                where=f"engine {self._engine().host}",
                remedy=f"use it with --roadmap-cluster context:kind-{NAME}, or remove "
                f"it with `kind delete cluster --name {NAME}`",
            )

    def _build(self) -> dict[str, Made]:
        """Build what a new cluster needs, or find it built."""
        names = self._recipes()
        if self._builder.missing(names):
            self._prepare_builds(names)
        return self._builder.ensure(names)

    def _prepare_builds(self, names: Sequence[str]) -> None:
        """Get the programs that build what is missing of `names`."""
        recipes = [self._shelf.recipe(name) for name in self._builder.missing(names)]
        if any(recipe.debian or recipe.preloads for recipe in recipes):
            self._provisioner.build_tools()

    def _recipes(self) -> tuple[str, ...]:
        """Return the recipes that a new cluster needs."""
        pulls = registry.pulls(self._wishes.images)
        return (_KIND, *_ADDONS) if pulls else (_KIND, _NODE, *_ADDONS)

    def _go_version(self) -> str:
        """Return the oldest Go that builds every recipe of the cluster."""
        return newest_go(self._places.recipes)

    def _announce(self) -> None:
        """Say what will be done outside the checkout, before it is done."""
        lines = self.plan()
        if lines:
            self._wishes.tell("this will be done outside the checkout:")
            for line in lines:
                self._wishes.tell(f"  - {line}")

    def _find(self) -> Engine | None:
        """Return the engine if one answers."""
        self._known = self._known or engine.find(self._places, self._wishes.commands)
        return self._known

    def _engine(self) -> Engine:
        """Return the engine, started if need be."""
        self._known = self._find() or self._provisioner.engine()
        return self._known

    def _making(self, engine_: Engine) -> Making:
        """Return what makes clusters in an engine."""
        return Making(self._places, engine_, self.nodes, self._wishes.tell)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from making or removing the cluster meanwhile."""
        try:
            self._places.state.mkdir(parents=True, exist_ok=True)
            file = (self._places.state / "lock").open("w")
        except OSError as error:
            raise ProvisionError(
                f"the cache folder cannot be written: {error.strerror}",
                where=str(self._places.state),
                remedy="name a folder that can be, in PYTEST_ROADMAP_CACHE",
            ) from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
