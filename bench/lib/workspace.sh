# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The fresh filesystem of a benchmark, the tree all contestants run from, and small helpers.
#
#   $state           fresh tmpfs or ext4: everything any contestant writes
#   $state/tree      the tree every contestant runs from
#   $state/project   working directory of every contestant

work=$BENCH_WORK
state=$work/state
tree=$state/tree
started=()

say() { echo "bench: $*" >&2; }
die() { say "$*"; exit 1; }

# Ends what the benchmark started, politely; the end of the pid namespace does it in any case.
farewell() {
  local pid
  for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  done
}

# Mounts the fresh filesystem. Images are written without going through the page cache a second time.
new_state() {
  local kind=${1:-$BENCH_FS} loop options=()
  mkdir -p "$state"
  if [[ $kind == tmpfs ]]; then
    mount -t tmpfs -o mode=0755,size=70% bench "$state"
  else
    if [[ $kind == ext4-no-journal ]]; then
      # As large as a disk: what is spread over a small one is not far apart.
      truncate -s 256G "$work/disk.img"
      mkfs.ext4 -q -F -O ^has_journal -E nodiscard "$work/disk.img"
      options=(-o noinit_itable)
    else
      truncate -s 8G "$work/disk.img"
      mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0,nodiscard "$work/disk.img"
    fi
    loop=$(losetup --find --show --direct-io=on "$work/disk.img") || loop=$(losetup --find --show "$work/disk.img")
    mount -t ext4 "${options[@]}" "$loop" "$state" || { losetup -d "$loop"; die "mounting $loop failed"; }
    losetup -d "$loop"
  fi
  # Runtimes keep state under /run, whatever they are told.
  mkdir -p "$state/run.upper" "$state/run.work" "$state/project"
  mount -t overlay -o "lowerdir=/run,upperdir=$state/run.upper,workdir=$state/run.work" run /run
}

# The tree: reg's own environment, file by file the same inodes, or without reg the host's static busybox.
make_tree() {
  local environment bb applet
  mkdir -p "$tree"
  if has_reg; then
    environment=$(reg_environment)
    cp -al "$environment/root/." "$tree/"
    mkdir -p "$tree/usr"
    cp -al "$environment/usr/." "$tree/usr/"
  else
    bb=$(command -v busybox) || die "no busybox: install busybox-static"
    mkdir -p "$tree/usr/bin"
    cp "$bb" "$tree/usr/bin/busybox"
    "$tree/usr/bin/busybox" --list | while read -r applet; do
      [[ $applet == busybox ]] || ln -s busybox "$tree/usr/bin/$applet"
    done
    for applet in bin sbin lib lib64; do ln -s "usr/${applet/sbin/bin}" "$tree/$applet"; done
  fi
  local directory
  for directory in proc dev sys tmp run etc app; do mkdir -p "$tree/$directory"; done
  [[ -x $tree/usr/bin/true && -x $tree/usr/bin/sleep ]] || die "no /usr/bin/true and /usr/bin/sleep in $tree"
}

meminfo() { awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo; }

# Leaves in memory only what cannot be dropped.
drop_caches() {
  sync
  for _ in 1 2 3; do echo 3 >/proc/sys/vm/drop_caches; sleep 0.3; done
}

json_file() { echo "$BENCH_OUT/$1.$BENCH_REPEAT.json"; }

# timed NAME TITLE SPEC [OPTION]...: runs the timer; a contestant without a sample fails the benchmark at its end.
timed() {
  local name=$1 title=$2 spec=$3
  shift 3
  "$BENCH_TOOLS/timer" -t "$title ($BENCH_FS)" -j "$(json_file "$name")" "$@" "$spec" || {
    [[ $? == 1 ]] || die "the timer could not measure $name"
    failed=1
  }
}
