r"""An executable as a probe: `script:` of a requirement in plan.yaml.

    - id: INFRA-NET-4
      script: {command: k8s/tests/network.sh --strict, timeout_seconds: 120}

It is started once, in the root folder of the run, without a shell, in a process
group of its own.  A command with a slash is looked for below the suite's folder
and then below the root folder.  Its environment is ours and

    ROADMAP_REQUIREMENT   the id
    ROADMAP_NAMESPACE     by isolation class: an empty namespace (namespace), that of
                          an own chain instance (chain, node), or that of the chain
                          that nobody disturbs (read, quiet); not set for static
    KUBECONFIG            the file that leads to the cluster; not set for static
    ROADMAP_CONTEXT       the context in it

The exit status is the outcome

    0 passed    1 failed    2 unavailable    3 inconclusive    else error

and the last line of the standard output may be one JSON object, in which
everything is optional

    {"message": "…", "measurements": {"seconds": 3.2}, "strength": "observed",
     "evidence": {"name": "text or any JSON"}}

Without a message the last line of the output is the message.  An object that
breaks this contract is an error, whatever the status.  Both outputs are kept as
evidence.  When the time is over the whole process group is ended: an error.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import pytest

from pytest_roadmap.errors import InconclusiveError, RoadmapError, UnavailableError
from pytest_roadmap.model import Isolation, Requirement, Strength
from pytest_roadmap.probes.evidence import LONGEST_CONTENT
from pytest_roadmap.probes.marks import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pytest_roadmap.probes.evidence import EvidenceBook
    from pytest_roadmap.probes.site import Site

FIELDS = ("message", "measurements", "strength", "evidence")
GRACE_S = 5.0
_PLACES = {
    Isolation.NAMESPACE: "namespace",
    Isolation.CHAIN: "chain",
    Isolation.NODE: "chain",
    Isolation.READ: "undisturbed",
    Isolation.QUIET: "undisturbed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a script has said by its status and its outputs."""

    status: int
    output: str
    errors: str


class ScriptFile(pytest.File):
    """A plan.yaml as pytest collects it: its requirements with a script."""

    requirements: tuple[Requirement, ...] = ()

    def collect(self) -> Iterator[pytest.Item]:
        """Yield one test per script."""
        for requirement in self.requirements:
            if requirement.script is None:
                continue
            item = pytest.Function.from_parent(
                self,
                name=requirement.id,
                callobj=_function(requirement, self.path.parent, self.config.rootpath),
            )
            item.add_marker(probe(requirement.id, strength=_strength(requirement)))
            yield item


def _function(
    requirement: Requirement, folder: Path, root: Path
) -> Callable[[pytest.FixtureRequest, EvidenceBook], None]:
    """Return the test function that runs the script of `requirement`."""

    def run_script(request: pytest.FixtureRequest, evidence: EvidenceBook) -> None:
        environment = {"ROADMAP_REQUIREMENT": requirement.id}
        if requirement.isolation in _PLACES:
            place = request.getfixturevalue(_PLACES[requirement.isolation])
            site: Site = request.getfixturevalue("site")
            environment |= {
                "ROADMAP_NAMESPACE": place.name,
                "ROADMAP_CONTEXT": site.context,
                "KUBECONFIG": site.kubeconfig,
            }
        judge(run(requirement, folder, root, environment), evidence)

    return run_script


def run(
    requirement: Requirement, folder: Path, root: Path, environment: Mapping[str, str]
) -> Said:
    """Run the script of `requirement`, and return what it has said.

    Raises:
        RoadmapError: It cannot be started, or takes too long.
    """
    script = requirement.script
    if script is None:
        raise RoadmapError(f"{requirement.id} has no script")
    command = [located(script.command[0], folder, root), *script.command[1:]]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                cwd=root,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise RoadmapError(
                f"its script cannot be started: {error.strerror}",
                where=command[0],
                remedy="make it executable, with an interpreter in its first line",
            ) from error
        try:
            status = process.wait(script.timeout_s)
        except subprocess.TimeoutExpired as error:
            raise RoadmapError(
                f"no result after {script.timeout_s:g} s; the script was ended"
            ) from error
        finally:
            _end(process)
        return Said(status=status, output=_text(output), errors=_text(errors))


def located(name: str, folder: Path, root: Path) -> str:
    """Return the program that a command of the plan names."""
    if "/" not in name:
        return name
    for base in (folder, root):
        if (base / name).is_file():
            return str(base / name)
    return str(root / name)


def judge(said: Said, evidence: EvidenceBook) -> None:
    """Record what a script has said, and end the probe accordingly.

    Raises:
        AssertionError: It has failed.
        UnavailableError: It says so.
        InconclusiveError: It says so.
        RoadmapError: It has broken, or its last line breaks the contract.
    """
    for name, text in (("standard output", said.output), ("errors", said.errors)):
        if text:
            evidence.attach(name, text, kind="log")
    told = _told(said.output)
    message = _record(told, evidence) or _last_line(said, plain=not told)
    if said.status == 1:
        raise AssertionError(message or "the script says failed, and not why")
    if said.status == 2:  # noqa: PLR2004 - the contract
        raise UnavailableError(message or "the script says so, and not why")
    if said.status == 3:  # noqa: PLR2004 - the contract
        raise InconclusiveError(message or "the script says so, and not why")
    if said.status != 0:
        ended = f"signal {-said.status}" if said.status < 0 else str(said.status)
        raise RoadmapError(f"the script ended with {ended}: {message or 'no word'}")
    if message and told:
        evidence.note(message)


def _told(output: str) -> dict[str, Any]:
    """Return the JSON object in the last line of the output, if there is one.

    Raises:
        RoadmapError: The line begins like one and is none.
    """
    lines = output.rstrip().splitlines()
    if not lines or not lines[-1].lstrip().startswith("{"):
        return {}
    try:
        told: dict[str, Any] = json.loads(lines[-1])
    except (ValueError, RecursionError) as error:
        raise _misunderstood(f"is no JSON: {error}") from error
    for name in told:
        if name not in FIELDS:
            raise _misunderstood(f"has the unknown field {name!r}")
    return told


def _strength(requirement: Requirement) -> str:
    """Return what a script has found out unless it says otherwise.

    Beside people's word it observes; it cannot give theirs.
    """
    attested = requirement.strength is Strength.ATTESTED
    return (Strength.OBSERVED if attested else requirement.strength).value


def _record(told: dict[str, Any], evidence: EvidenceBook) -> str:
    """Record numbers, strength and evidence; return the message.

    Raises:
        RoadmapError: One of them is of the wrong kind.
    """
    message = told.get("message", "")
    if not isinstance(message, str):
        raise _misunderstood(f"has the message {message!r}, which is no text")
    measurements, pieces = told.get("measurements", {}), told.get("evidence", {})
    if not isinstance(measurements, dict) or not isinstance(pieces, dict):
        raise _misunderstood("has measurements or evidence that are no JSON object")
    for name, value in measurements.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _misunderstood(f"measures {name} = {value!r}, which is no number")
        evidence.measure(name, value)
    for name, content in pieces.items():
        evidence.attach(name, content)
    if "strength" in told:
        try:
            evidence.strength = Strength(told["strength"])
        except ValueError as error:
            raise _misunderstood(f"says {error}") from error
        if evidence.strength is Strength.ATTESTED:
            raise _misunderstood("says attested, which only people can")
    return message


def _misunderstood(what: str) -> RoadmapError:
    """Return the error about a last line that breaks the contract."""
    return RoadmapError(
        f"the script's last line {what}",
        remedy=f"print one JSON object with {', '.join(FIELDS)} (all optional)",
    )


def _last_line(said: Said, *, plain: bool) -> str:
    """Return the last line that a person can read."""
    outputs = (said.output, said.errors) if plain else (said.errors,)
    lines = [line for text in outputs for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the script's process group."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
            if number == signal.SIGKILL:
                return


def _text(file: IO[bytes]) -> str:
    """Return what was written to `file`: at most its last 5 MB."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LONGEST_CONTENT))
    return file.read().decode("utf-8", errors="replace")
