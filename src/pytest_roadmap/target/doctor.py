"""What this machine has and lacks, as rows; what is cheap to try is tried."""

from __future__ import annotations

import shutil
from concurrent import futures
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import ProvisionError
from pytest_roadmap.target import engine, facts, registry
from pytest_roadmap.target.images import debian
from pytest_roadmap.target.provision import Provisioner
from pytest_roadmap.target.versions import newest_go

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_roadmap.target.commands import Commands
    from pytest_roadmap.target.facts import Facts
    from pytest_roadmap.target.places import Places

# Stands for every component: nothing can be measured without this.
EVERYTHING = "*"

_DISK_GIB, _MEMORY_GIB, _CORES = 25, 6, 2
_GIB = 2**30
_QUICK_S = 8.0
_NO_SUCH_PROGRAM = 127

# Tried in a network namespace that vanishes with the trial: the kernel's build
# option, the trial, and what its lack costs.
_FEATURES = {
    "netem": ("NET_SCH_NETEM", "tc qdisc add dev lo root netem delay 1ms"),
    "TBF": (
        "NET_SCH_TBF",
        "tc qdisc add dev lo root tbf rate 1mbit burst 10kb latency 50ms",
    ),
    "NFQUEUE": (
        "NETFILTER_XT_TARGET_NFQUEUE",
        "iptables -A OUTPUT -j NFQUEUE --queue-num 1 --queue-bypass",
    ),
    "IPVS": ("IP_VS", "test -e /proc/net/ip_vs"),
}
_FEATURE_COSTS = {
    "netem": "none: packets are delayed and dropped through NFQUEUE instead",
    "TBF": "faults that limit bandwidth cannot be made",
    "NFQUEUE": "faults that delay packets cannot be made where netem is missing too",
    "IPVS": "none: the cluster's services use iptables",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that a machine has or lacks.

    Args:
        subject: What it is.
        ok: It is there, or nothing is lost without it.
        found: What was found.
        cost: What its lack costs, in words; empty for nothing.
        components: The words under `needs` in a plan that cannot be had without
            it (`*`: all of them).
        remedy: What to do about the lack.
    """

    subject: str
    ok: bool
    found: str
    cost: str = ""
    components: tuple[str, ...] = ()
    remedy: str = ""


def diagnose(
    places: Places, commands: Commands, machine: Facts | None = None
) -> tuple[Row, ...]:
    """Return what this machine has and lacks; changes nothing."""
    machine = machine or facts.read()
    slow: tuple[Callable[[], tuple[Row, ...]], ...] = (
        lambda: (_engine(places, commands, machine),),
        lambda: features(commands, machine),
        lambda: (_go(places, commands),),
        lambda: (_debian_mirror(),),
        lambda: (_modules(commands),),
        lambda: (_images(),),
    )
    with futures.ThreadPoolExecutor(len(slow)) as pool:
        found = [row for rows in pool.map(lambda ask: ask(), slow) for row in rows]
    return (found[0], *_machine(machine, places), *found[1:])


def _engine(places: Places, commands: Commands, machine: Facts) -> Row:
    """Return the row about the container engine."""
    if found := engine.find(places, commands):
        whose = "started by us" if found.ours else "not ours, never stopped by us"
        text = f"{found.version} at {found.host}, {whose}"
        return Row(subject="container engine", ok=True, found=text)
    try:
        needs = Provisioner(places, commands, facts_=machine).engine_needs()
    except ProvisionError as error:
        return Row(
            subject="container engine",
            ok=False,
            found=f"{error.where} does not answer",
            cost="no cluster can be made",
            components=(EVERYTHING,),
            remedy=error.remedy,
        )
    by_us = machine.root and bool(shutil.which("apt-get") or shutil.which("dockerd"))
    steps = "; ".join(need.what for need in needs)
    return Row(
        subject="container engine",
        ok=by_us,
        found=f"none answers; `up` will: {steps}" if by_us else "none answers",
        cost="" if by_us else "no cluster can be made",
        components=() if by_us else (EVERYTHING,),
        remedy="" if by_us else "start one and name it in DOCKER_HOST, or be root",
    )


def _machine(machine: Facts, places: Places) -> tuple[Row, ...]:
    """Return the rows about what a machine is."""
    missing = " ".join(machine.missing)
    home = next(it for it in (places.cache, *places.cache.parents) if it.exists())
    disk = shutil.disk_usage(home).free / _GIB
    return (
        Row(
            subject="privileges",
            ok=machine.root,
            found="root" if machine.root else "not root",
            cost="" if machine.root else "no engine is started, no image is built",
            remedy="" if machine.root else "run as root once; images are kept",
        ),
        Row(
            subject="capabilities",
            ok="CAP_SYS_ADMIN" not in machine.missing,
            found=f"without {missing} (taken out of containers)" if missing else "all",
            cost="nodes cannot mount" if "CAP_SYS_ADMIN" in machine.missing else "",
            components=(EVERYTHING,) if "CAP_SYS_ADMIN" in machine.missing else (),
        ),
        Row(subject="cgroups", ok=True, found=f"version {machine.cgroup}"),
        _amount("free disk", disk, _DISK_GIB, "GiB", "images may not fit"),
        _amount("free memory", machine.memory_gib, _MEMORY_GIB, "GiB", "nodes may die"),
        _amount("cores", machine.cores, _CORES, "", "times measured are too long"),
    )


def _amount(subject: str, has: float, wants: int, unit: str, cost: str) -> Row:
    """Return the row about something that should be at least so much."""
    ok = has >= wants
    text = f"{has:.0f} {unit}".strip()
    return Row(
        subject=subject,
        ok=ok,
        found=text if ok else f"{text}, less than {wants}",
        cost="" if ok else cost,
    )


def features(commands: Commands, machine: Facts) -> tuple[Row, ...]:
    """Return the rows about the kernel: tried as root, else read from its options."""
    options = {} if machine.root else facts.kernel_options()
    rows = []
    for name, (option, trial) in _FEATURES.items():
        if machine.root:
            script = f"ip link set lo up; {trial}"
            argv = ["unshare", "--net", "sh", "-c", script]
            there = commands.run(argv, timeout_s=_QUICK_S).ok
            how = "tried"
        else:
            there = options.get(f"CONFIG_{option}", "n") != "n"
            how = "by the kernel's options" if options else "unknown: not root"
        cost = _FEATURE_COSTS[name]
        rows.append(
            Row(
                subject=f"kernel: {name}",
                ok=there or cost.startswith("none"),
                found=f"{'there' if there else 'missing'} ({how})",
                cost="" if there else cost,
            )
        )
    loop = commands.run(["losetup", "--find"], timeout_s=_QUICK_S).ok
    rows.append(
        Row(
            subject="kernel: loop devices",
            ok=loop,
            found="there (tried)" if loop else "none is free, or none may be used",
            cost=""
            if loop
            else "no volumes that grow and are snapshotted, no node runs out of disk",
            components=() if loop else ("csi",),
        )
    )
    return tuple(rows)


def _go(places: Places, commands: Commands) -> Row:
    """Return the row about Go."""
    version = newest_go(places.recipes)
    needs = Provisioner(places, commands).build_needs(go=version)
    wheel = next((need.what for need in needs if "Go" in need.what), "")
    found = (
        f"none from {version} on; `up` will: {wheel}"
        if wheel
        else f"{version} or newer"
    )
    return Row(subject="Go", ok=True, found=found)


def _debian_mirror() -> Row:
    """Return the row about Debian's packages."""
    address = debian.mirror(debian.APT)
    return _source(
        "Debian packages",
        address,
        there=registry.answers(f"{address}/dists/bookworm/InRelease"),
    )


def _modules(commands: Commands) -> Row:
    """Return the row about Go modules, asked through Go where it is installed."""
    argv = ["go", "list", "-m", "-versions", "golang.org/x/mod"]
    result = commands.run(argv, timeout_s=_QUICK_S, environment={"GOFLAGS": "-mod=mod"})
    if result.status == _NO_SUCH_PROGRAM:
        return Row(subject="Go modules", ok=True, found="not asked: no Go yet")
    return _source("Go modules", "the module proxy", there=result.ok)


def _images() -> Row:
    """Return the row about published images."""
    there = registry.reachable()
    return Row(
        subject="published images",
        ok=True,
        found="can be pulled" if there else "cannot be pulled; `up` builds them",
    )


def _source(subject: str, address: str, *, there: bool) -> Row:
    """Return the row about a place that packages come from."""
    return Row(
        subject=subject,
        ok=there,
        found=f"{address} answers" if there else f"{address} does not answer",
        cost="" if there else "images that are not built yet cannot be built",
        remedy="" if there else "set the mirror or proxy that this machine may use",
    )
