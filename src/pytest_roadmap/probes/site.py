"""Where a run takes place: what the controller tells the processes that probe."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.model import Requirement
from pytest_roadmap.target.connection import Connection

if TYPE_CHECKING:
    from pytest_roadmap.target.cluster import Cluster
    from pytest_roadmap.target.provider import Provider

SITE = pytest.StashKey[Path]()  # of the file that `Site.write` makes
ASKED = pytest.StashKey[dict[str, Requirement]]()  # the requirements by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The cluster and the target of a run.

    `prefix` begins the names of our namespaces; `provider` is what
    --roadmap-cluster names.  `problem` says why there is no cluster, and then
    only `counterexamples` and `profile` mean something.
    """

    provider: str = "none"
    kubeconfig: str = ""
    context: str = ""
    owned: bool = False
    named: bool = False
    state: str = ""
    run: str = ""
    profile: str = ""
    counterexamples: str = ""
    prefix: str = ""
    problem: str = ""

    def write(self, path: Path) -> None:
        """Write the site where other processes read it."""
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> Site:
        """Return the site that `write` has written."""
        if not path.exists():
            return cls(problem="nobody has brought a cluster up")
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def connection(self) -> Connection:
        """Return how the cluster is reached.

        Raises:
            UnavailableError: There is none.
        """
        if self.problem:
            raise UnavailableError(self.problem)
        return Connection(
            kubeconfig=Path(self.kubeconfig),
            context=self.context,
            owned=self.owned,
            named=self.named,
        )

    def open(self, provider: Provider | None) -> Cluster:
        """Connect this process to the cluster.

        Args:
            provider: Who knows the way onto the machines.
        """
        connection = self.connection()
        # Deferred: a run without a cluster must not pay for this import.
        from pytest_roadmap.target.cluster import Cluster

        return Cluster(
            connection,
            access=provider.nodes if provider else None,
            state=Path(self.state),
            run=self.run,
            prefix=self.prefix,
            provider=self.provider if provider else "",
        )
