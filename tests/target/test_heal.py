from __future__ import annotations

from types import SimpleNamespace

from pytest_roadmap.target.heal import Healer
from pytest_roadmap.target.manifests import OWNER, OWNER_LABEL, RUN_LABEL


class FakeApi:
    """Serves namespaces by label selector, and notes what is deleted."""

    def __init__(self, labels):
        self.labels = labels
        self.deleted = []
        self.emptied = set()

    def list(self, kind, *_, selector=""):
        wanted = [part.partition("=") for part in selector.split(",") if part]
        if kind.__name__ != "Namespace":
            return []
        return [
            SimpleNamespace(name=name, labels=labels)
            for name, labels in self.labels.items()
            if all(k in labels and v in ("", labels[k]) for k, _, v in wanted)
        ]

    def delete(self, _, name):
        self.deleted.append(name)

    def delete_all(self, _, namespace, *, grace, orphan=False):
        assert grace == (0 if orphan else 1)
        self.emptied.add(namespace)


def test_the_namespaces_of_ended_runs_go_and_the_mark_of_the_cluster_stays():
    api = FakeApi(
        {
            "roadmap-system": {OWNER_LABEL: OWNER},
            "chain-1": {OWNER_LABEL: OWNER, RUN_LABEL: "ended"},
            "chain-2": {OWNER_LABEL: OWNER, RUN_LABEL: "mine"},
            "theirs": {RUN_LABEL: "ended"},
        }
    )

    healing = Healer(api, nodes=None).namespaces(lambda run: run != "mine")

    assert api.deleted == ["chain-1"]
    assert api.emptied == {"chain-1"}
    assert healing.undone == ("deleted namespace chain-1",)
