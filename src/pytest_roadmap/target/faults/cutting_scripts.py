"""Shell scripts about walls: they run on the machine of the pods."""

from __future__ import annotations

from typing import Final

from pytest_roadmap.target.shell import IN_POD

PUT: Final = (
    IN_POD
    + r"""
while [ $# -gt 1 ]; do
  pid=$(process_of "$1")
  [ -n "$pid" ] || { echo "a pod has no process" >&2; exit 1; }
  printf '%s\n' "$2" | in_pod iptables-restore -w --noflush || exit 1
  shift 2
done
"""
)
"""Puts a wall up in each pod: pairs of a uid and the rules."""

TAKE: Final = (
    IN_POD
    + r"""
chain=$1; rules=$2; shift 2
for uid in "$@"; do
  pid=$(process_of "$uid")
  [ -n "$pid" ] || continue
  in_pod iptables -w -nL "$chain" > /dev/null 2>&1 || continue
  printf '%s\n' "$rules" | in_pod iptables-restore -w --noflush && continue
  [ ! -e "/proc/$pid" ] || exit 1
done
"""
)
"""Takes the walls of chain $1 down with the rules $2 in the pods that follow."""

COUNT: Final = (
    IN_POD
    + r"""
name=$1; shift
for uid in "$@"; do
  pid=$(process_of "$uid")
  [ -n "$pid" ] || continue
  echo "$uid here 0 -"
  for way in IN OUT; do
    in_pod iptables -w -nvxL "$name-$way" 2>/dev/null |
      awk -v uid="$uid" -v way="$way" '$1 ~ /^[0-9]+$/ {print uid, way, $1, $3}'
  done
done
exit 0
"""
)
"""Prints what the rules of name $1 have counted in the pods that follow."""

CONNECT: Final = (
    IN_POD
    + r"""
port=$1; within=$2; shift 2
for pair in "$@"; do
  (
    pid=$(process_of "${pair%%/*}")
    [ -n "$pid" ] || exit 0
    for address in $(echo "${pair#*/}" | tr , ' '); do
      (
        said=$(in_pod timeout -s KILL "$within" bash -c \
          ": < /dev/tcp/$address/$port" 2>&1)
        case "$?/$said" in
          0/*) result=open ;;
          137/*) result=silent ;;
          *refused*) result=refused ;;
          *) result=unreachable ;;
        esac
        echo "${pair%%/*} $address $result"
      ) &
    done
    wait
  ) &
done
wait
"""
)
"""Prints what came of connects to port $1 within $2 s: UID/ADDRESS,ADDRESS …"""
