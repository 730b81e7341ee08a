# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Each contestant as a block of the timer's specification: the same program from the same tree, the host's network.

all_contestants=(bare floor-inside floor bwrap bwrap-as-pid-1 reg reg-exec reg-no-init crun runc podman docker)
contestants=()

# Fills `contestants` with those asked for, installed and, where they need a service, answering.
choose_contestants() {
  local name missing='not installed (bench/peers install)'
  contestants=()
  no_settings
  for name in "${all_contestants[@]}"; do
    [[ -z $BENCH_ONLY || " $BENCH_ONLY " == *" $name "* ]] || continue
    case $name in
      bwrap*) has bwrap || { say "leaving $name out: $missing"; continue; } ;;
      reg*) has_reg || { say "leaving $name out: no client at $BENCH_REG (scripts/build.sh makes it)"; continue; } ;;
      runc) has runc || { say "leaving $name out: $missing"; continue; } ;;
      crun)
        has crun || { say "leaving $name out: $missing"; continue; }
        start_crun || continue ;;
      podman)
        has podman || { say "leaving $name out: $missing"; continue; }
        has runc || { say "leaving $name out: its runtime here, runc, is $missing"; continue; }
        start_podman || continue ;;
      docker)
        has dockerd || { say "leaving $name out: $missing"; continue; }
        start_docker || continue ;;
    esac
    contestants+=("$name")
  done
  ((${#contestants[@]})) || die 'no contestant is left'
}

chosen() { [[ " ${contestants[*]} " == *" $1 "* ]]; }

# block NAME WORD...: a specification; further lines may follow it.
block() {
  printf '[%s]\ndir=%s\n' "$1" "$state/project"
  shift
  printf 'arg=%s\n' "$@"
}

# peer_words NAME: how docker and podman are told to run something, into the array `words`.
peer_words() {
  local -n command=${1}_words
  words=("${command[@]}" run --network host --cgroup-parent "/$BENCH_ID/$1")
}

# block_of CONTESTANT: the contestant running `true` once, in the foreground, removed at its end.
block_of() {
  local scratch=$state/scratch/@N@
  mkdir -p "$state/scratch" "$state/bundles"
  case $1 in
    bare) block bare "$tree/usr/bin/busybox" true ;;
    floor-inside)
      block floor-inside "$BENCH_TOOLS/floor" run 1 "$tree" "$scratch" /usr/bin/true
      printf 'fresh=%s\nreport=p50\n' "$scratch" ;;
    floor)
      block floor "$BENCH_TOOLS/floor" run 1 "$tree" "$scratch" /usr/bin/true
      printf 'fresh=%s\n' "$scratch" ;;
    bwrap) block bwrap bwrap "${bwrap_flags[@]}" /usr/bin/true ;;
    bwrap-as-pid-1) block bwrap-as-pid-1 bwrap "${bwrap_flags[@]}" --as-pid-1 /usr/bin/true ;;
    reg)
      block reg "$BENCH_REG" --root "$reg_root" run --rm -t busybox -- true
      if chosen bwrap; then echo 'goal=ratio bwrap 0.8'; fi
      if chosen floor; then echo 'goal=plus floor 1.0'; fi
      if chosen floor-inside; then echo 'goal=plus floor-inside 1.0'; fi ;;
    reg-exec)
      reg_home >&2
      block reg-exec "$BENCH_REG" --root "$reg_root" exec bench-home true
      if chosen reg; then echo 'goal=ratio reg 1.2'; fi ;;
    reg-no-init)
      block reg-no-init "$BENCH_REG" --root "$reg_root" run --rm --no-init -t busybox -- true
      if chosen bwrap-as-pid-1; then echo 'goal=ratio bwrap-as-pid-1 0.7'; fi ;;
    crun)
      bundle "$state/bundles/crun" /usr/bin/true
      block crun crun --root "$state/crun" run --bundle "$state/bundles/crun" bench-@N@
      echo "mntns=$crun_namespace" ;;
    runc)
      bundle "$state/bundles/runc" /usr/bin/true
      block runc runc --root "$state/runc" run --bundle "$state/bundles/runc" bench-@N@ ;;
    podman | docker)
      peer_words "$1"
      block "$1" "${words[@]}" --rm "$image" /usr/bin/true
      printf 'every=%s\nsettle=300\n' "$BENCH_EVERY" ;;
  esac
}

# Plain --bind of the tree: bubblewrap has no writable overlay at this version, and this is its fastest way.
bwrap_flags=(--unshare-pid --unshare-ipc --unshare-uts --bind "$tree" / --proc /proc --dev /dev)
