"""The volume behind a node's home folder, as its machine has it mounted.

volume = data_volumes.of(validator)
volume.point, volume.device, volume.claim
volume.alone                                # why not, if somebody else is on it
data_volumes.seconds_of_syncs(nodes, volume, group)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import TargetError, UnavailableError

if TYPE_CHECKING:
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.objects import Claim

# Prints mount point, device and kind of volume $1 of pod uid $2, then, one a line,
# every mount point of the device that does not belong to that volume.
_PLACE: Final = r"""
point=""
for place in /var/lib/kubelet/pods/"$2"/volumes/*/"$1"/mount \
    /var/lib/kubelet/pods/"$2"/volumes/*/"$1"; do
  line=$(awk -v point="$place" '$5 == point {found = $0} END {print found}' \
    /proc/self/mountinfo)
  if [ -n "$line" ]; then point=$place; break; fi
done
[ -n "$point" ] || exit 0
device=$(echo "$line" | awk '{print $3}')
echo "$point $device $(echo "$line" | awk '{sub(/.* - /, ""); print $1}')"
awk -v device="$device" '$3 == device {print $5}' /proc/self/mountinfo |
while read -r other; do
  case "$other" in
    */"$1"/mount|*/"$1"|*/volume-subpaths/"$1"/*) ;;
    */globalmount)
      grep -qsF -- "\"$1\"" "${other%/globalmount}/vol_data.json" || echo "$other" ;;
    *) echo "$other" ;;
  esac
done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataVolume:
    """A mounted volume: where on which machine, and what else is on its device."""

    machine: str
    claim: str
    name: str
    point: str
    device: str  # major:minor
    kind: str  # of the file system
    others: tuple[str, ...]

    @property
    def alone(self) -> bool:
        """Whether the file system belongs to this volume alone."""
        return not self.others


def of(node: ChainNode) -> DataVolume:
    """Return the volume of a node's home folder.

    Raises:
        UnavailableError: It is no mounted file system of this volume alone.
    """
    pod = node.pod
    claim = _claim(node)
    text = node.instance.nodes.script(pod.node, _PLACE, claim.volume, pod.uid)
    first, *others = text.splitlines() or [""]
    words = first.split()
    if not words:
        raise UnavailableError(
            f"claim {claim.name} of {pod.name} is no file system of its own"
        )
    volume = DataVolume(
        machine=pod.node,
        claim=claim.name,
        name=claim.volume,
        point=words[0],
        device=words[1],
        kind=words[2],
        others=tuple(others),
    )
    if not volume.alone:
        raise UnavailableError(
            f"claim {claim.name} of {pod.name} shares its file system with "
            f"{', '.join(others[:3])}: nobody else's may be disturbed"
        )
    return volume


def name_of(node: ChainNode) -> str:
    """Return what tells the volume of a node's home folder from any other.

    It is the claim's volume, or what goes with the pod.
    """
    try:
        return _claim(node).volume
    except TargetError:
        return f"a volume of pod {node.pod.uid}"


def _claim(node: ChainNode) -> Claim:
    """Return the claim that is mounted at a node's home folder.

    Raises:
        TargetError: There is none.
    """
    pod, container = node.pod, node.container
    home = node.role.home.rstrip("/")
    mounts = {
        mount["name"]
        for mount in container.spec.get("volumeMounts") or ()
        if mount["mountPath"].rstrip("/") == home
    }
    for volume in pod.at("spec", "volumes", default=[]):
        source = volume.get("persistentVolumeClaim")
        if source and volume["name"] in mounts:
            return node.instance.space.claims[source["claimName"]]
    raise TargetError(f"no claim is mounted at {home}", where=f"pod {pod.name}")
