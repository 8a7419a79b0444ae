"""Shell scripts that delay a pod's packets; they run on the pod's node.

The packets go through netem where the kernel has it, else through an NFQUEUE
that our own program (`k8s/delayer`) empties.  The rules let packets pass when
that program is gone, and everything is found again by the pod's uid and by a
mark in the program's environment.
"""

from __future__ import annotations

from typing import Final

from pytest_roadmap.target.shell import IN_POD

IMAGE: Final = "roadmap.local/delayer:1"
RECIPE: Final = "delayer"
_CHAIN: Final = "ROADMAP-DELAY"
_QUEUE: Final = 26
_MARKED: Final = r"""
marked() {
  for file in $(grep -lsaF -- "ROADMAP_FAULT=$1" /proc/[0-9]*/environ); do
    marked=${file%/environ}; echo "${marked#/proc/}"
  done
}
"""
PREPARE: Final = r"""
if unshare -n tc qdisc add dev lo root netem delay 1ms 2> /dev/null; then
  echo netem
elif unshare -n iptables -w -t mangle -A OUTPUT -p tcp -j NFQUEUE \
    --queue-num 1 --queue-bypass 2> /dev/null; then
  echo queue
else
  echo -
fi
digest=$(ctr --namespace=k8s.io images ls "name==$1" | awk 'NR == 2 {print $3}')
[ -n "$digest" ] || exit 0
tool=/usr/local/lib/roadmap/delayer-${digest#sha256:}
if [ ! -x "$tool" ]; then
  mkdir -p /usr/local/lib/roadmap
  layer=$(ctr --namespace=k8s.io content get "$digest" | jq -r '.layers[-1].digest')
  ctr --namespace=k8s.io content get "$layer" > "$tool.$$.tar"
  tar -xOf "$tool.$$.tar" roadmap-delayer > "$tool.$$"
  chmod 755 "$tool.$$"
  mv "$tool.$$" "$tool"
  rm "$tool.$$.tar"
fi
echo "$tool"
"""
"""Prints by which way this node can delay packets ("-" for none), and where the
program of image $1 is, nothing where the node does not have that image.
"""

_RULES: Final = f"""
in_pod iptables -w -t mangle -N {_CHAIN}
for side in --sport --dport; do
  in_pod iptables -w -t mangle -A {_CHAIN} -p tcp $side "$port" -j "$@"
done
in_pod iptables -w -t mangle -I OUTPUT -j {_CHAIN}
"""
START_QUEUE: Final = (
    "set -e\n"
    + IN_POD
    + f"""
pid=$(process_of "$1"); mark=$2; port=$3; tool=$4; shift 4
[ -n "$pid" ] || {{ echo "the pod has no process" >&2; exit 1; }}
folder=/run/$mark
mkdir -p "$folder"
export ROADMAP_FAULT="$mark"
urgent="chrt -r 1"
$urgent true 2> /dev/null || urgent="nice -n -20"
setsid $urgent nsenter -t "$pid" -n "$tool" hold --queue={_QUEUE} \\
  --report="$folder/report" "$@" > "$folder/log" 2>&1 < /dev/null &
for _ in $(seq 100); do
  if [ -e "$folder/report" ]; then break; fi
  sleep 0.05 # a shell on a node hears of no new file
done
[ -e "$folder/report" ] || {{ cat "$folder/log" >&2; exit 1; }}
set -- NFQUEUE --queue-num {_QUEUE} --queue-bypass
"""
    + _RULES
)
"""Pod uid $1, mark $2, port $3, program $4, its arguments."""

START_NETEM: Final = (
    "set -e\n"
    + IN_POD
    + r"""
pid=$(process_of "$1"); port=$2; delay=$3; jitter=$4
[ -n "$pid" ] || { echo "the pod has no process" >&2; exit 1; }
in_pod tc qdisc add dev eth0 root handle 1: prio bands 4 \
  priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
if [ "$jitter" = 0ms ]; then jitter=; fi
in_pod tc qdisc add dev eth0 parent 1:4 handle 40: \
  netem limit 100000 delay "$delay" $jitter
set -- CLASSIFY --set-class 1:4
"""
    + _RULES
)
"""Pod uid $1, port $2, delay $3, jitter $4."""

STOP: Final = (
    IN_POD
    + _MARKED
    + f"""
stop() {{
  pid=$(process_of "$1")
  if [ -n "$pid" ]; then
    in_pod iptables -w -t mangle -D OUTPUT -j {_CHAIN}
    in_pod iptables -w -t mangle -F {_CHAIN}
    in_pod iptables -w -t mangle -X {_CHAIN}
    if in_pod tc qdisc show dev eth0 | grep -q netem; then
      in_pod tc qdisc del dev eth0 root
    fi
  fi 2> /dev/null
  signal=TERM
  for round in $(seq 40); do
    found=$(marked "$2")
    [ -n "$found" ] || break
    if [ "$round" -gt 20 ]; then signal=KILL; fi
    kill -$signal $found 2> /dev/null
    sleep 0.1 # they are no children of this shell, which could wait for those
  done
  rm -rf "/run/$2"
}}
while [ $# -gt 1 ]; do
  stop "$1" "$2"
  shift 2
done
exit 0
"""
)
"""Pod uid $1, mark $2, and so on; a program lets go what it holds before it ends."""

LEFT: Final = (
    IN_POD
    + f"""
pid=$(process_of "$1")
if [ -n "$pid" ]; then
  in_pod iptables -w -t mangle -S 2> /dev/null | grep {_CHAIN}
  in_pod tc qdisc show dev eth0 | grep netem
fi
marked "$2"
ls -d "/run/$2" 2> /dev/null
exit 0
"""
)
"""Prints what is left of the delay of pod uid $1, mark $2."""

CONNECT: Final = (
    IN_POD
    + r"""
pid=$(process_of "$1"); tool=$2; shift 2
[ -n "$pid" ] || { echo "the pod has no process" >&2; exit 1; }
in_pod nice -n -20 "$tool" connect "$@"
"""
)
"""Pod uid $1, program $2, its arguments."""

REPORT: Final = r"""cat "/run/$1/report" """
"""Prints what the program of mark $1 tells of itself."""

MARKED: Final = _MARKED + r'marked "$1"'
"""Prints the processes of mark $1."""

LEVER: Final = r"""
while read -r signal pids; do kill -"$signal" $pids; done
"""
"""Sends the signals that it reads: a name, then process ids."""
