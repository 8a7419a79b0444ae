#!/bin/sh
# Put images into a node's containerd before the node ever runs.
#
#   preload.sh ROOT STORE ARCHIVE LAYER…
#
# ROOT is the node's unpacked base, STORE becomes its /var/lib/containerd.  Runs
# in mount and process namespaces of its own: nothing is left when it ends.
set -eu
root=$1 store=$2 archive=$3
shift 3

mount --make-rprivate /
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root/dev" "$root/var/lib/containerd"
mount --rbind /dev "$root/dev"
mount --bind "$store" "$root/var/lib/containerd"

# Only storage is wanted: no CRI, no runtime.
cat > "$root/tmp/config.toml" <<'TOML'
version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri"]
TOML
chroot "$root" containerd --config /tmp/config.toml --log-level warn &
daemon=$!
tries=0
until chroot "$root" ctr version >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { echo "containerd does not answer" >&2; exit 1; }
  sleep 0.1
done

chroot "$root" ctr -n k8s.io images import --digests=false - < "$archive"
# The layers are unpacked now; their packed form would only be copied to every
# node.  Removing it makes it garbage, pruning collects the garbage.
[ "$#" -eq 0 ] || chroot "$root" ctr -n k8s.io content rm "$@" >/dev/null
chroot "$root" ctr -n k8s.io content prune references
kill "$daemon"
wait "$daemon" || true
