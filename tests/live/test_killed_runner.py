"""kill -9 of the runner at every stage of every fault: healing leaves nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.live.killed import KINDS, NODE_KINDS, SPOILING, STAGES

from pytest_roadmap.target import watchdog
from pytest_roadmap.target.journal import left_behind
from pytest_roadmap.target.objects import Node, resource
from pytest_roadmap.target.pulse import pulse

pytestmark = pytest.mark.live

USUAL = "verified"  # the stage in which a run is nearly all the time
# The kubelet takes its time to start its server again and to end memory pressure, the
# spoiling ones need a chain each, and a crowd needs a machine that nobody else crowds.
SLOW = frozenset({"no_api_server", "greedy", "crowded", *SPOILING})
ENDED_S = 60.0  # for what was deleted to be gone
BACK_S = 300.0  # a kubelet waits for the old pod of a manifest that is back
KILLED = Path(__file__).with_name("killed.py")
OBJECTS = {
    "Pod": (),
    "Secret": (),
    "ConfigMap": (),
    "PersistentVolumeClaim": (),
    "NetworkPolicy": (),
    "StatefulSet": ("replicas", "template"),
    "Service": ("selector",),
}
"""What a fault may leave in the API: kinds, and what of their specs it may alter."""

# What a fault may leave on a node: rules, queues and qdiscs in the pods' network
# namespaces, marked processes, held processes and ones with another clock, folders,
# files on volumes, limits of writes and quotas below a tenth of what the target
# declares.  $1 is an expression for what is ours (pods and the fault itself): other
# chains may be disturbed meanwhile.
LEFT = r"""
vdso() {
  range=$(grep -F '[vdso]' "/proc/$1/maps" 2>/dev/null | cut -d ' ' -f 1)
  [ -n "$range" ] || return 0
  dd if="/proc/$1/mem" bs=4096 skip=$((0x${range%-*} / 4096)) count=2 2>/dev/null |
    cksum
}
for file in $(grep -lsE -- "$1" /proc/[0-9]*/cgroup); do
  pid=${file%/cgroup}; pid=${pid#/proc/}
  nsenter -t "$pid" -n iptables-save 2>/dev/null | grep -E 'ROADMAP|NFQUEUE'
  nsenter -t "$pid" -n tc qdisc show 2>/dev/null | grep -E 'tbf|netem|htb'
  grep -lsE '^State:[[:space:]]*T' "/proc/$pid/status"
  found=$(vdso "$pid")
  [ -z "$found" ] || [ "$found" = "$(vdso 1)" ] || echo "$pid has another vDSO"
done
grep -lsaE "ROADMAP_[A-Z]*=[^ ]*($1)" /proc/[0-9]*/environ
ls -d /run/roadmap-* 2>/dev/null | grep -E "$1"
ls -d /etc/kubernetes/*.roadmap /var/lib/kubelet/.roadmap-* 2>/dev/null
ls -d /var/lib/kubelet/pods/*/volumes/*/*/mount/.roadmap-* 2>/dev/null | grep -E "$1"
for group in $(find /sys/fs/cgroup/ -type d 2>/dev/null | grep -E "($1).*/"); do
  grep -sH . "$group/blkio.throttle.write_iops_device"
  awk '$1 > 0 && $1 < 5000 {print FILENAME, $1}' "$group/cpu.cfs_quota_us" 2>/dev/null
done
exit 0
"""


@pytest.fixture(scope="module")
def usual(pool):
    """The chain that one fault after the other is made on."""
    return pool.acquire()


@pytest.fixture
def chain(request, pool, kind):
    spoiled = kind in SPOILING
    chain = pool.acquire() if spoiled else request.getfixturevalue("usual")
    yield chain
    chain.cluster.remove([f"{chain.name}-beside"])
    if spoiled:
        pool.discard(chain)


def objects(chain) -> set[str]:
    """Return what is in the API of a chain and of the namespace beside it."""
    found = set()
    for kind, fields in OBJECTS.items():
        for namespace in (chain.name, f"{chain.name}-beside"):
            path = resource(kind).path(namespace)
            for one in chain.api.requests.call("GET", path)["items"]:
                name = one["metadata"]["name"]
                spec = [one.get("spec", {}).get(field) for field in fields]
                if name != "kube-root-ca.crt":  # of every namespace
                    found.add(f"{kind}/{name} {json.dumps(spec, sort_keys=True)}")
    return found


def left_on(chain, entry) -> list[str]:
    """Return what is left of a fault on the nodes."""
    ours = [entry.id, *(pod.uid for pod in chain.pods.now())]
    ours += [claim.volume for claim in chain.space.claims.now()]
    ours += [uid.replace("-", "_") for uid in ours]
    nodes = chain.nodes
    found = [
        f"{name}: {nodes.power.state(name)}"
        for name in nodes.power.names
        if nodes.power.state(name) != "running"
    ]
    if found:
        return found
    for name in nodes.power.names:
        found += [
            f"{name}: {line}"
            for line in nodes.script(name, LEFT, "|".join(ours)).splitlines()
        ]
    return found + [f"{n.name} is cordoned" for n in chain.api.list(Node) if n.cordoned]


@pytest.mark.parametrize(
    "stage",
    [
        stage if stage == USUAL else pytest.param(stage, marks=pytest.mark.nightly)
        for stage in STAGES
    ],
)
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=pytest.mark.nightly) if kind in SLOW else kind
        for kind in KINDS
    ],
)
def test_nothing_is_left_of_a_killed_run(chain, tmp_path, kind, stage) -> None:
    before = objects(chain)
    run = subprocess.run(
        [sys.executable, KILLED, str(tmp_path), chain.name, kind, stage],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    ((_, (entry,)),) = left_behind(tmp_path)

    pulse.ask_until(
        lambda: not watchdog.heal_left_behind("kind", tmp_path).failed,
        within=60,
        what=f"the healing of {entry.what}",
        every=1.0,
    )

    assert not list(tmp_path.glob("faults-*"))
    if kind in NODE_KINDS:
        pulse.ask_until(
            lambda: _answers(chain), within=BACK_S, what="the API server", every=1.0
        )
    if kind not in SPOILING:
        chain.until_steady(within=180)
    assert left_on(chain, entry) == []
    pulse.ask_until(
        lambda: objects(chain) == before,
        within=ENDED_S,
        what="every object to be as before",
        seen=lambda: ", ".join(sorted(objects(chain) ^ before)),
        every=1.0,
    )


def _answers(chain) -> bool:
    """Whether the API server answers, and every node is Ready."""
    from pytest_roadmap.errors import TargetError

    try:
        return all(node.ready for node in chain.api.list(Node))
    except TargetError:
        return False
