"""seen.json: which probes were seen to pass, and to fail on their counter-example.

A run that saw it writes it, beside the suite's plan:

    {"INFRA-PDB-3": {"passing": {"digest": …, "run": …, "at": …, "finding": …,
                                 "seal": …},
                     "failing": {…}}}

`digest` is of the probe's code, for `failing` of its counter-example too, so a
probe that was changed counts as unseen again.  `finding` is the digest of the
finding in that run's archive, `seal` of all the other fields: an entry that
somebody has written or changed by hand has none that fits, and counts as not
seen.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_roadmap.model.jsonable import to_json
from pytest_roadmap.plan import load_suite
from pytest_roadmap.plan.probes_index import by_requirement, index_probes
from pytest_roadmap.probes.digests import SuiteCode, together

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.model import Finding, Requirement

FILE = "seen.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One time that a probe was seen to do what it should."""

    digest: str
    run: str
    at: float
    finding: str

    @property
    def seal(self) -> str:
        """The digest of the other fields, and of a word that only we write."""
        parts = (self.digest, self.run, repr(self.at), self.finding)
        return together(("pytest-roadmap sighting", *parts))


class Ledger:
    """The sightings of one suite, against its code as it is now.

    Args:
        folder: The suite's folder.
        counterexamples: The folder of the counter-examples.
    """

    def __init__(self, folder: Path, counterexamples: Path | None = None) -> None:
        self.folder = folder.resolve()
        root = self.folder.parent.parent
        self._counterexamples = counterexamples or root / "k8s" / "counterexamples"
        self._root = root
        self._code = SuiteCode(self.folder)
        self._probes = by_requirement(index_probes(root, self.folder))
        self._scripts = {
            entry.id: entry for entry in load_suite(folder).roadmap.requirements()
        }
        self._entries = _read(self.folder / FILE)
        self._fresh: dict[tuple[str, str], dict[str, object]] = {}

    def digest(self, name: str, *, failing: bool) -> str:
        """Return what the probe of a requirement is now; empty if there is none."""
        parts = [
            self._code.digest(self._root / probe.path, probe.node.partition("::")[2])
            for probe in self._probes.get(name, ())
        ]
        parts += self._script(self._scripts.get(name))
        if not parts or not all(parts):
            return ""
        if failing:
            file = self._counterexamples / f"{name}.yaml"
            if not file.is_file():
                return ""
            parts.append(hashlib.sha256(file.read_bytes()).hexdigest())
        return together(parts)

    def seen(self, name: str) -> tuple[bool, bool]:
        """Tell whether the probe, as it is now, was seen to pass and to fail."""
        return (
            self._fits(name, "passing", self.digest(name, failing=False)),
            self._fits(name, "failing", self.digest(name, failing=True)),
        )

    def record(self, finding: Finding, run: str, *, failing: bool) -> None:
        """Note that the probe of a requirement was seen."""
        digest = self.digest(finding.requirement, failing=failing)
        if not digest:
            return
        text = json.dumps(to_json(finding), sort_keys=True)
        sighting = Sighting(
            digest=digest,
            run=run,
            at=round(finding.started, 3),
            finding=hashlib.sha256(text.encode()).hexdigest(),
        )
        kind = "failing" if failing else "passing"
        self._fresh[finding.requirement, kind] = {
            **asdict(sighting),
            "seal": sighting.seal,
        }

    def write(self) -> None:
        """Write the ledger, one requirement on one line.

        What another run has written meanwhile stays.
        """
        self._entries = _read(self.folder / FILE)
        for (name, kind), entry in self._fresh.items():
            self._entries.setdefault(name, {})[kind] = entry
        lines = [
            f" {json.dumps(name)}: {json.dumps(self._entries[name], sort_keys=True)}"
            for name in sorted(self._entries)
        ]
        draft = self.folder / f".{FILE}.draft"
        draft.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        draft.replace(self.folder / FILE)

    def _fits(self, name: str, kind: str, digest: str) -> bool:
        """Tell whether an entry is sealed and about the code as it is now."""
        fields = self._entries.get(name, {}).get(kind)
        if not digest or not isinstance(fields, dict):
            return False
        try:
            seal = fields["seal"]
            sighting = Sighting(**{k: v for k, v in fields.items() if k != "seal"})
        except (KeyError, TypeError):
            return False
        return seal == sighting.seal and sighting.digest == digest

    def _script(self, requirement: Requirement | None) -> Iterable[str]:
        """Return the digest of a script with its command."""
        if requirement is None or requirement.script is None:
            return []
        from pytest_roadmap.probes.scripts import located

        words = requirement.script.command
        path = Path(located(words[0], self.folder, self._root))
        content = path.read_bytes() if path.is_file() else b""
        return [together((*words, hashlib.sha256(content).hexdigest()))]


def seen_state(folder: Path, name: str) -> tuple[bool, bool]:
    """Tell whether a requirement's probe was seen to pass and to fail."""
    return _ledger(folder.resolve()).seen(name)


@functools.lru_cache(maxsize=8)
def _ledger(folder: Path) -> Ledger:
    """Return the ledger of a suite, read once per command."""
    return Ledger(folder)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Return the entries of a ledger; one that cannot be read has none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {str(name): entry for name, entry in data.items() if isinstance(entry, dict)}
