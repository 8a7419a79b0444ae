"""`pytest-roadmap heal`: undo what a killed run has left behind."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    import argparse

    from pytest_roadmap.target.heal import Healing
    from pytest_roadmap.target.provider import Provider


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `heal`."""
    parser = commands.add_parser(
        "heal", help="undo the faults and delete the namespaces that a run left behind"
    )
    parser.add_argument("--cluster", default="kind", metavar="kind|context:NAME")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.set_defaults(run=heal)


def heal(options: argparse.Namespace) -> int:
    """Undo what dead processes left; 1 if something could not be undone."""
    healing, note = _healed(options.cluster)
    if options.format == "json":
        print(json.dumps({**asdict(healing), "note": note}, indent=2))
    else:
        for line in healing.undone:
            print(f"undone: {line}")
        for line in healing.failed:
            print(f"NOT undone: {line}")
        if not (healing.undone or healing.failed):
            print("Nothing was left behind.")
        if note:
            print(note)
    return 1 if healing.failed else 0


def _healed(name: str) -> tuple[Healing, str]:
    """Heal the cluster of this name; return what was undone, and a remark."""
    # Deferred: the help of other commands must not pay for this.
    from pytest_roadmap.target.cluster import Cluster
    from pytest_roadmap.target.connection import Connection
    from pytest_roadmap.target.heal import Healing
    from pytest_roadmap.target.places import places
    from pytest_roadmap.target.watchdog import heal_left_behind

    provider = _provider(name)
    status = provider.status()
    if not status.exists:
        return Healing(), f"{status.name}: there is no cluster."
    healing = heal_left_behind(name, places().state)
    if not status.answers:
        note = f"{status.name} does not answer: its namespaces were left alone."
        return healing, note
    if status.holder:
        return healing, f"In use by {status.holder}: its namespaces were left alone."
    cluster = Cluster(
        Connection.of(status, named=name != "kind"),
        access=provider.nodes,
        state=places().state,
        run="heal",
    )
    try:
        return healing + cluster.healer.namespaces(lambda _: True), ""
    finally:
        cluster.close()


def _provider(name: str) -> Provider:
    """Return the provider that the command line names; it starts nothing."""
    from pytest_roadmap.target.provider import Wishes, provide

    found = provide(name, Wishes(provision="never", tell=lambda _: None))
    if found is None:
        raise TargetError(
            "there is no cluster to heal",
            where=f"--cluster {name}",
            remedy="use kind or context:NAME",
        )
    return found
