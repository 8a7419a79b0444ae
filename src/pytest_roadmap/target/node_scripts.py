"""Shell scripts that run on a node, with the tools that every node has.

They are told apart by one property: each prints facts, and changes nothing.
"""

from __future__ import annotations

from typing import Final

from pytest_roadmap.target.shell import IN_POD

PROCESSES: Final = r"""
for file in $(grep -ls -- "$1" /proc/[0-9]*/cgroup); do
  folder=${file%/cgroup}
  COMMAND=$(tr '\0\n\t' '   ' < "$folder/cmdline" 2>/dev/null) || continue
  export COMMAND
  awk -v pid="${folder#/proc/}" '
    /^State:/ {state = $2}
    /^NSpid:/ {inner = $NF}
    /^VmRSS:/ {memory = $2}
    END {
      command = ENVIRON["COMMAND"] ? ENVIRON["COMMAND"] : "-"
      if (state) print pid, inner, state, memory + 0, command
    }
  ' "$folder/status" 2>/dev/null || true
done
"""
"""Prints pid, inner pid, state, KiB and command of container $1's processes."""

CONTROL_GROUP: Final = r"""
root=/sys/fs/cgroup
folder() { find "$1" -type d -name "*$2*" 2>/dev/null | head -n 1; }
if [ -e $root/cgroup.controllers ]; then
  here=$(folder $root "$1")
  [ -n "$here" ] || exit 0
  echo "memory_limit $(cat "$here/memory.max")"
  echo "memory_used $(cat "$here/memory.current")"
  read -r quota period < "$here/cpu.max"
  echo "cpu_quota $quota"
  echo "cpu_period $period"
  awk '$1 == "usage_usec" {printf "cpu_ns %.0f\n", $2 * 1000}' "$here/cpu.stat"
  grep '^nr_' "$here/cpu.stat"
else
  memory=$(folder $root/memory "$1")
  cpu=$(folder $root/cpu/ "$1")
  account=$(folder $root/cpuacct/ "$1")
  [ -n "$memory" ] && [ -n "$cpu" ] || exit 0
  echo "memory_limit $(cat "$memory/memory.limit_in_bytes")"
  echo "memory_used $(cat "$memory/memory.usage_in_bytes")"
  echo "cpu_quota $(cat "$cpu/cpu.cfs_quota_us")"
  echo "cpu_period $(cat "$cpu/cpu.cfs_period_us")"
  echo "cpu_ns $(cat "$account/cpuacct.usage")"
  grep '^nr_' "$cpu/cpu.stat"
fi
"""
"""Prints the values of container $1's control group, of version 1 or 2."""

_FIND_FILE: Final = r"""
place() {
  if [ "$1" != - ]; then
    for file in $(grep -ls -- "$1" /proc/[0-9]*/cgroup); do
      if [ -e "${file%/cgroup}/root$2" ]; then echo "${file%/cgroup}/root$2"; return; fi
    done
  fi
  for folder in ${3%%|*}; do
    for here in "$folder" "$folder/mount"; do
      if [ -e "$here/${3#*|}" ]; then echo "$here/${3#*|}"; return; fi
    done
  done
  echo "there is no $2" >&2
  return 1
}
file=$(place "$@") || exit 1
"""

READ_FILE: Final = _FIND_FILE + 'base64 -w 0 "$file"\n'
"""Prints a file as base64: container $1, path $2, place on a volume $3."""

SHA256: Final = _FIND_FILE + 'sha256sum "$file"\n'
"""Prints the SHA-256 of a file: container $1, path $2, place on a volume $3."""

FOLLOW_TO_END: Final = r"""
log=$(ls -t /var/log/pods/*_"$2"/"$3"/*.log 2>/dev/null | head -n 1)
[ -n "$log" ] || { echo "container $3 has no log" >&2; exit 1; }
exec 3< "$log"
tail --pid="$1" -s 0.05 -f /dev/null
date +%s.%N
sleep 0.5 # nothing announces the last line of a log
cat <&3
"""
"""Prints when process $1 ended, then the log of container $3 of pod uid $2.

The runtime takes the last lines over a moment after the process has ended.
"""

SOCKETS: Final = (
    IN_POD
    + r"""
port=$(printf '%04X' "$2")
pid=$(process_of "$1")
[ -n "$pid" ] || exit 0
awk -v port=":$port" '
  $4 == "01" && (substr($2, length($2) - 4) == port ||
                 substr($3, length($3) - 4) == port) {
    split($3, far, ":"); print substr(far[1], length(far[1]) - 7)
  }
' "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6"
"""
)
"""Prints the far address of each connection of pod $1 that has port $2 at an end.

It is the last four bytes of the address, as the kernel writes them: reversed.
"""

SIZES: Final = r"""
root=/sys/fs/cgroup
if [ -e $root/cgroup.controllers ]; then used=memory.current idle=inactive_file
else root=$root/memory used=memory.usage_in_bytes idle=total_inactive_file; fi
here=$(find $root -type d -name "*$1*" 2>/dev/null | head -n 1)
pid=$(grep -ls -- "$1" /proc/[0-9]*/cgroup | head -n 1 | cut -d / -f 3)
[ -n "$here" ] && [ -n "$pid" ] || exit 0
awk -v used="$(cat "$here/$used")" -v idle="$idle" \
  '$1 == idle {print "memory", used - $2}' "$here/memory.stat"
echo "disk $(( $(du -sk "/proc/$pid/root$4" | cut -f 1) * 1024 ))"
du -cb /var/log/pods/*_"$2"/"$3"/* | awk '$2 == "total" {print "log", $1}'
"""
"""Prints the bytes that a container holds: working set, data folder $4, log.

It is container $1 of pod $2, by the name $3.
"""
