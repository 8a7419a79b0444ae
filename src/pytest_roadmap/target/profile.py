"""The target profile: where the chain is, in the words of its own cluster.

Probes know no namespace, label, port or metric name; the profile does:

    profile.validators.container        profile.ports.rpc
    profile.offers("csi")               profile.release("compatible")

It is one YAML file (`k8s/reference/profile.yaml` is the example that every
key of it explains).  A counter-example merges a partial profile over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pytest_roadmap.errors import TargetError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.target.profile_keys import Keys, Variant
    from pytest_roadmap.target.profile_state_sync import StateSync
    from pytest_roadmap.target.yaml_nodes import Node

Patches: TypeAlias = Mapping[str, tuple[Mapping[str, Any], ...]]
"""JSON patches by the object's `Kind/name`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What plays one role in the chain: validators, full, api or load.

    Attributes:
        kind: StatefulSet or Deployment.
        object: The object's name.
        selector: The labels of its pods.
        container: The container of the node process.
        service: The service that leads to it; empty for none.
        sessions: The service that leads a client to one node of it, always the
            same; empty for none.
        budget: The name of its PodDisruptionBudget; empty for none.
        claim: The name of its claim template; empty for none.
        home: The node's home folder in the container.
        genesis_init: The init container that fetches and verifies the genesis.
    """

    name: str
    kind: str
    object: str
    selector: Mapping[str, str]
    container: str = "node"
    service: str = ""
    sessions: str = ""
    budget: str = ""
    claim: str = ""
    home: str = ""
    genesis_init: str = ""

    @property
    def reference(self) -> str:
        """The object as `Kind/name`."""
        return f"{self.kind}/{self.object}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ports of a node."""

    p2p: int = 26656
    rpc: int = 26657
    rest: int = 1317
    grpc: int = 9090
    metrics: int = 26660


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisSource:
    """What the init containers read, and where the file lies below home."""

    kind: str
    object: str
    key: str
    path: str = "config/genesis.json"
    hash: str = ""  # the object that publishes its SHA-256, as `Kind/name`
    hash_key: str = ""

    @property
    def reference(self) -> str:
        """The object as `Kind/name`."""
        return f"{self.kind}/{self.object}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The storage classes."""

    data_class: str = ""
    growing_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """One entry of a Secret."""

    name: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Accounts that probes may send from, and the next one, which receives.

    Their keys are made from a seed and their number, as `roadmapd testnet-files`
    makes them: secp256k1 from the SHA-256 of `SEED/account/NUMBER`.

    Attributes:
        seed: Where the seed is.
        prefix: What addresses begin with.
        first: The number of the first one.
        count: How many send.
    """

    seed: SecretKey
    prefix: str
    first: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Another release of the target: JSON patches of its objects."""

    name: str
    patches: Patches


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """How a release is undone: "rollout-undo", "patches" or "command"."""

    way: str
    patches: Patches
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A heavy query that the profile permits: "rpc" or "rest", and the path."""

    port: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The description of one target.  `digest` is of its merged content."""

    file: Path
    digest: str
    name: str
    namespace: str
    manifests: tuple[Path, ...]
    images: tuple[str, ...]
    chain_id: str
    denom: str
    block_seconds: float
    validators: Role
    full: Role | None
    api: Role | None
    load: Role | None
    ports: Ports
    genesis: GenesisSource | None
    storage: Storage
    accounts: Accounts | None
    releases: tuple[Release, ...]
    undo: Undo
    keys: Keys | None
    variants: tuple[Variant, ...]
    divergent_build: Patches
    exit_codes_on_sigterm: tuple[int, ...]
    closing_log_lines: tuple[str, ...]
    wal_repair_log: str
    longest_start_seconds: float
    jobs: tuple[Mapping[str, Any], ...]
    heavy_queries: tuple[Query, ...]
    metrics: Mapping[str, str]
    components: frozenset[str]
    state_sync: StateSync | None = None

    @property
    def deployed_by_us(self) -> bool:
        """Whether instances are made from manifests (else: what already runs)."""
        return bool(self.manifests)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that the profile has."""
        every = (self.validators, self.full, self.api, self.load)
        return tuple(role for role in every if role is not None)

    def role(self, name: str) -> Role:
        """Return a role by its name.

        Raises:
            UnavailableError: The profile has none.
        """
        for role in self.roles:
            if role.name == name:
                return role
        raise UnavailableError(f"the profile {self.name} has no role {name!r}")

    def offers(self, component: str) -> bool:
        """Whether the target has a component, such as "csi" or "node-access"."""
        return component in self.components

    def need(self, *components: str) -> None:
        """Go on only if the target has these components.

        Raises:
            UnavailableError: It lacks one.
        """
        for component in components:
            if not self.offers(component):
                raise UnavailableError(
                    f"the profile {self.name} does not offer {component!r}"
                )

    def snapshots(self) -> StateSync:
        """Return how nodes join by a snapshot.

        Raises:
            UnavailableError: The profile does not say.
        """
        if self.state_sync is None:
            raise UnavailableError(f"the profile {self.name} has no state_sync")
        return self.state_sync

    def variant(self, name: str) -> Variant:
        """Return a variant by its name.

        Raises:
            UnavailableError: The profile declares none of that name.
        """
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise UnavailableError(f"the profile {self.name} declares no variant {name!r}")

    def release(self, name: str) -> Release:
        """Return a release by its name.

        Raises:
            UnavailableError: The profile declares none of that name.
        """
        for release in self.releases:
            if release.name == name:
                return release
        raise UnavailableError(f"the profile {self.name} declares no release {name!r}")


def load_profile(file: Path, *overlays: Node) -> Profile:
    """Read a profile, with partial profiles merged over it.

    Raises:
        TargetError: It says something that makes no sense, with file and line.
    """
    # The reader knows this module's classes.
    from pytest_roadmap.target import profile_reader

    return profile_reader.read(file, overlays)


def default_profile(checkout: Path) -> Path:
    """Return the reference target's profile.

    Raises:
        TargetError: The checkout has none.
    """
    file = checkout / "k8s" / "reference" / "profile.yaml"
    if not file.is_file():
        raise TargetError(
            "the reference target's profile is not there",
            where=str(file),
            remedy="run from a checkout, or give --roadmap-target FILE",
        )
    return file
