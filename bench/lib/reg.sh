# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Reg as a contestant. Its root is copied from a seed, so that templates are built once and not per benchmark.

reg_root=$state/reg

has_reg() { [[ -x $BENCH_REG ]]; }
reg() { "$BENCH_REG" --root "$reg_root" "$@"; }

# seed NAME MAKER: a stopped root under target/bench/seeds with what MAKER put into it, made when it is not there or
# the installation is newer.
seed() {
  local name=$1 maker=$2 seeds=$BENCH_CACHE/seeds installation
  installation=$(dirname "$(dirname "$BENCH_REG")")
  if [[ ! -d $seeds/$name || $(find "$installation" -type f -newer "$seeds/$name" -print -quit) ]]; then
    say "making the templates of '$name'"
    rm -rf "${seeds:?}/$name" "$seeds/$name.new"
    mkdir -p "$seeds"
    reg_root=$seeds/$name.new
    (cd "$state/project" && "$maker") >&2
    reg_halt
    rm -rf "$reg_root/run"
    mv "$reg_root" "$seeds/$name"
    touch "$seeds/$name"
    reg_root=$state/reg
  fi
  cp -a "$seeds/$name" "$reg_root"
}

make_busybox() { reg run --rm -t busybox -- true; }

# The one environment there is after a run of busybox.
reg_environment() {
  local found=("$reg_root"/environments/*/manifest)
  [[ ${#found[@]} == 1 && -f ${found[0]} ]] || die "expected one environment in $reg_root, found: ${found[*]}"
  dirname "${found[0]}"
}

reg_start() { reg engine start >&2; }

# A container for others to execute in; reg_halt ends it.
reg_home() { reg run -d --name bench-home -t busybox -- sleep 1000000; }

engine_pid() { reg info --format json | sed -n 's/.*"engine":{[^}]*"pid":\([0-9]*\).*/\1/p'; }

# The launchers of this root: one, unless something went wrong. Their children, such as the logger, look alike.
launcher_pid() {
  local dir pid parent
  for dir in /proc/[0-9]*; do
    pid=${dir#/proc/}
    grep -qas reg-launcher "$dir/cmdline" || continue
    grep -qasF "$reg_root/run" "$dir/cmdline" || continue
    parent=$(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status" 2>/dev/null) || continue
    grep -qas reg-launcher "/proc/$parent/cmdline" || echo "$pid"
  done
}

# Stops the engine, waits until its process is gone and, since nothing runs any more, ends its launcher.
reg_halt() {
  local pid engine
  engine=$(cat "$reg_root/run/engine.pid" 2>/dev/null) || true
  reg remove -f bench-home >/dev/null 2>&1 || true
  reg engine stop >&2 || true
  for _ in $(seq 100); do
    [[ $engine ]] && kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  for pid in $(launcher_pid); do kill -TERM "$pid" 2>/dev/null || true; done
}
