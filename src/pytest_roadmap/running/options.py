"""The command line of a run.  Imports nothing of ours, for pytest loads it always."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

MOST_WORKERS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for.

    `workers` is None where nobody said how many; `cluster` is `kind`,
    `context:NAME` or `none`.
    """

    suites: tuple[str, ...]
    phases: frozenset[int]
    sections: tuple[str, ...]
    ids: tuple[str, ...]
    target: Path | None
    candidate: str
    cluster: str
    images: str
    provision: str
    report: Path
    history: str | None
    baseline: tuple[Path, ...]
    keep: bool
    strict: bool
    counterexamples: bool
    lease: str
    workers: int | None
    time_limit: float | None


def add(parser: pytest.Parser) -> None:
    """Add the options to pytest's parser."""
    group = parser.getgroup("roadmap", "production-readiness roadmaps")
    group.addoption(
        "--roadmap",
        nargs="?",
        const="",
        metavar="SUITE,…",
        help="run the probes of all suites, or of those named, and judge them",
    )
    _add_selection(group)
    _add_target(group)
    _add_records(group)
    parser.addini("roadmap_history", "where past runs are kept: URL, FILE or none")
    group.addoption(
        "--roadmap-strict",
        action="store_true",
        help="a CONDITIONAL decision ends with status 12",
    )
    group.addoption(
        "--roadmap-workers",
        type=int,
        metavar="N",
        help="worker processes (default: what can overlap and the machine bears, "
        f"at most {MOST_WORKERS})",
    )
    group.addoption(
        "--roadmap-time-limit",
        type=float,
        metavar="SECONDS",
        help="when a probe counts as hanging "
        "(default: 4 times what the plan expects, at least 120)",
    )


def _add_records(group: pytest.OptionGroup) -> None:
    """Add the options about what is kept of runs, and what they are held against."""
    group.addoption(
        "--roadmap-report",
        metavar="DIR",
        help="folder of the runs' reports (default: reports/runs below the rootdir)",
    )
    group.addoption(
        "--roadmap-history",
        metavar="URL|FILE|none",
        help="where past runs are kept (default: $ROADMAP_HISTORY, the ini option "
        "roadmap_history, or history.sqlite in the reports' folder)",
    )
    group.addoption(
        "--roadmap-baseline",
        action="append",
        default=[],
        metavar="ARCHIVE",
        help="an earlier run to compare numbers with, where a criterion asks for it "
        "(repeat it)",
    )


def _add_selection(group: pytest.OptionGroup) -> None:
    """Add the options that say which requirements are meant."""
    group.addoption(
        "--roadmap-phase",
        action="append",
        default=[],
        metavar="N",
        help="judge and run these phases only (repeat it, or separate by commas)",
    )
    group.addoption(
        "--roadmap-section",
        action="append",
        default=[],
        metavar="NAME",
        help="run this section only; the others are judged as not run",
    )
    group.addoption(
        "--roadmap-id",
        action="append",
        default=[],
        metavar="ID",
        help="run this requirement only; the others are judged as not run",
    )
    group.addoption(
        "--roadmap-counterexamples",
        action="store_true",
        help="run each probe on its counter-example, on which it must fail",
    )


def _add_target(group: pytest.OptionGroup) -> None:
    """Add the options about the system under test."""
    group.addoption("--roadmap-target", metavar="FILE", help="the target's profile")
    group.addoption(
        "--roadmap-candidate",
        default="",
        metavar="COMMIT|DIGEST",
        help="the release candidate, whole: people's attestations count for it alone "
        "(default: the commit of a clean checkout, and the images that are measured)",
    )
    group.addoption(
        "--roadmap-cluster",
        default="kind",
        metavar="kind|context:NAME|none",
        help="where the target runs (default: a kind cluster of our own)",
    )
    group.addoption(
        "--roadmap-images", default="auto", choices=["auto", "pull", "build"]
    )
    group.addoption(
        "--roadmap-provision",
        default="auto",
        choices=["auto", "never"],
        help="never: install and start nothing outside the checkout",
    )
    group.addoption(
        "--roadmap-lease",
        default="wait",
        choices=["wait", "refuse", "share"],
        help="what to do while another run has the cluster; share: use it beside "
        "others that share it, which disturb each other's measurements",
    )
    group.addoption(
        "--roadmap-keep",
        action="store_true",
        help="keep the cluster that this run has made",
    )


def asked(config: pytest.Config) -> bool:
    """Tell whether --roadmap was given."""
    return config.getoption("--roadmap") is not None


def read(config: pytest.Config) -> Options:
    """Return the options of `config`.

    Raises:
        pytest.UsageError: A value makes no sense; says which would.
    """
    value: Any = config.getoption
    report = value("--roadmap-report")
    return Options(
        suites=_suites(config, value("--roadmap")),
        phases=frozenset(_phases(value("--roadmap-phase"))),
        sections=tuple(value("--roadmap-section")),
        ids=tuple(_parts(value("--roadmap-id"))),
        target=_target(config, value("--roadmap-target")),
        candidate=_candidate(value("--roadmap-candidate")),
        cluster=_cluster(value("--roadmap-cluster")),
        images=value("--roadmap-images"),
        provision=value("--roadmap-provision"),
        report=_path(config, report) if report else config.rootpath / "reports/runs",
        history=value("--roadmap-history"),
        baseline=tuple(_path(config, text) for text in value("--roadmap-baseline")),
        keep=value("--roadmap-keep"),
        strict=value("--roadmap-strict"),
        counterexamples=value("--roadmap-counterexamples"),
        lease=value("--roadmap-lease"),
        workers=_workers(value("--roadmap-workers")),
        time_limit=value("--roadmap-time-limit"),
    )


def _suites(config: pytest.Config, text: str) -> tuple[str, ...]:
    """Return the suites' names; a path was meant as what pytest should collect."""
    names = tuple(_parts([text]))
    for name in names:
        path = _path(config, name.split("::")[0])
        suite = config.rootpath / "suites" / name / "plan.yaml"
        if path.exists() and not suite.exists():
            raise pytest.UsageError(
                f"--roadmap takes names of suites, and {name!r} is a path"
                f"\n  → write: pytest {name} --roadmap"
            )
    return names


def _phases(texts: list[str]) -> list[int]:
    """Return the phase numbers in `texts`."""
    phases = _parts(texts)
    for text in phases:
        if not text.isdecimal():
            raise pytest.UsageError(
                f"--roadmap-phase: {text!r} is not a phase's number"
                "\n  → write: --roadmap-phase 1, or --roadmap-phase 1,2"
            )
    return [int(text) for text in phases]


def _target(config: pytest.Config, text: str | None) -> Path | None:
    """Return the profile's path, if one was given and is there."""
    if text is None:
        return None
    path = _path(config, text)
    if not path.is_file():
        raise pytest.UsageError(
            f"--roadmap-target: there is no file {text}"
            "\n  → name the profile that describes your system"
        )
    return path


def _candidate(text: str) -> str:
    """Return the one name of the release candidate, if one is named."""
    if not text:
        return ""
    from pytest_roadmap.model.candidate import candidate

    try:
        return candidate(text)
    except ValueError as error:
        raise pytest.UsageError(
            f"--roadmap-candidate: {error}"
            "\n  → write the whole commit (git rev-parse HEAD), or name@sha256:…"
        ) from error


def _cluster(text: str) -> str:
    """Return `text` if it names a cluster in one of the three ways."""
    if text in {"kind", "none"} or (text.startswith("context:") and text[8:]):
        return text
    raise pytest.UsageError(
        f"--roadmap-cluster: {text!r} names no cluster"
        "\n  → use kind, context:NAME (of your kubeconfig) or none"
    )


def _workers(count: int | None) -> int | None:
    """Return the number of workers if it is one."""
    if count is not None and count < 0:
        raise pytest.UsageError(
            f"--roadmap-workers: {count} is not a number of processes"
            "\n  → use 0 to run everything in one process"
        )
    return count


def _parts(texts: list[str]) -> list[str]:
    """Return the comma-separated parts of all `texts`, each once."""
    parts = [part.strip() for text in texts for part in text.split(",")]
    return list(dict.fromkeys(part for part in parts if part))


def _path(config: pytest.Config, text: str) -> Path:
    """Return `text` as a path, relative to where pytest was called."""
    return config.invocation_params.dir / Path(text).expanduser()
