# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The first run when no engine is running: the client starts one and gets its answer. Templates are there.

bench_first() {
  local failed=0
  has_reg || die "nothing to measure: no client at $BENCH_REG (scripts/build.sh makes it)"
  new_state
  seed busybox make_busybox
  no_settings
  declare -p BENCH_REG BENCH_CACHE state reg_root >"$work/halt"
  declare -f reg launcher_pid reg_halt >>"$work/halt"
  echo reg_halt >>"$work/halt"
  {
    block reg "$BENCH_REG" --root "$reg_root" run --rm -t busybox -- true
    printf 'before=%s\n' "bash '$work/halt' >/dev/null 2>&1; sleep 0.5"
    echo 'goal=most 700'
  } >"$work/first.spec"
  timed first 'first: a run when neither engine nor launcher is there' "$work/first.spec" \
    -n "$((BENCH_ROUNDS < 20 ? BENCH_ROUNDS : 20))" -w 1
  reg_halt
  return $failed
}
