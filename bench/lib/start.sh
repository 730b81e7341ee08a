# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# start, idle, burst: one container from its command to its end, contestants in turn.

measure_start() {
  local name=$1 title=$2 contestant base failed=0
  shift 2
  new_state
  if has_reg; then seed busybox make_busybox; fi
  make_tree
  choose_contestants
  if has_reg; then reg_start; fi
  base=${contestants[0]}
  if chosen bwrap; then base=bwrap; fi
  for contestant in "${contestants[@]}"; do block_of "$contestant"; done >"$work/$name.spec"
  timed "$name" "$title" "$work/$name.spec" -n "$BENCH_ROUNDS" -w "$BENCH_WARMUPS" -b "$base" "$@"
  if has_reg; then reg_halt; fi
  return $failed
}

bench_start() { measure_start start 'start: one container after another'; }
bench_idle() { measure_start idle 'idle: one container after a pause' -g "$BENCH_GAP"; }
bench_burst() { measure_start burst 'burst: the mean of 20 containers back to back' -k 20 -n "$((BENCH_ROUNDS / 5 + 1))"; }
