# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What limits cost: at a start after a pause, and of memory while a container idles.

limits=(-m 128m --cpus 0.5 --pids-limit 64)

hold_limited() { for _ in $(seq "$1"); do reg run -d "${limits[@]}" -t busybox -- sleep 1000000 >/dev/null; done; }
release_limited() { reg ps -q -a | xargs "$BENCH_REG" --root "$reg_root" remove -f >/dev/null; }

bench_limits() {
  local failed=0 most=0.6 count=$((BENCH_COUNT < 200 ? BENCH_COUNT : 200))
  has_reg || die "no client at $BENCH_REG (scripts/build.sh makes it)"
  source "$BENCH_HERE/lib/memory.sh"
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then most=0.3; fi
  new_state
  seed busybox make_busybox
  make_tree
  reg_start
  {
    block reg "$BENCH_REG" --root "$reg_root" run --rm -t busybox -- true
    block reg-limited "$BENCH_REG" --root "$reg_root" run --rm "${limits[@]}" -t busybox -- true
    echo "goal=plus reg $most"
    block reg-memory "$BENCH_REG" --root "$reg_root" run --rm -m 128m -t busybox -- true
    block reg-cpus "$BENCH_REG" --root "$reg_root" run --rm --cpus 0.5 -t busybox -- true
    block reg-pids "$BENCH_REG" --root "$reg_root" run --rm --pids-limit 64 -t busybox -- true
  } >"$work/limits.spec"
  # With the last three every start wants other control groups than the one before it.
  sed '/^\[reg-memory\]/,$d' "$work/limits.spec" >"$work/limits-alike.spec"
  timed limits "limits: a start after a pause" "$work/limits-alike.spec" -n "$BENCH_ROUNDS" -w "$BENCH_WARMUPS" -b reg -g 60
  timed limits-changing "limits: other limits at every start" "$work/limits.spec" -n "$BENCH_ROUNDS" -w "$BENCH_WARMUPS" -b reg -g 60
  reg run --rm "${limits[@]}" -t busybox -- true
  memory_of reg-limited "$count" hold_limited release_limited
  awk -F: '/"reg-limited"/ { kb = $NF + 0; printf "  goal: %.1f KB a limited idle container, at most 700: %s\n", kb, kb <= 700 ? "met" : "missed" }' \
    "$(json_file memory)"
  reg_halt
  return $failed
}
