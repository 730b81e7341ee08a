# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# terminal, files: how fast bytes get from a program in a container to its caller, and the other way, where the client
# moves them. The same program as a plain process is the machine's own speed.

terminal_bytes=$((128 << 20))
file_bytes=$((1 << 30))

# The milliseconds that so many bytes take at so many MB/s.
at_rate() { echo $(($1 / ($2 * 1000))); }

streams_ready() {
  has_reg || die "nothing to measure: no client at $BENCH_REG (scripts/build.sh makes it)"
  new_state
  seed busybox make_busybox
  make_tree
  no_settings
  reg_start
}

bench_terminal() {
  local failed=0 limit words
  limit=$(at_rate "$terminal_bytes" 64)
  streams_ready
  # In large writes: busybox's head copies byte by byte and would itself be most of what is measured.
  words=(dd if=/dev/zero bs=64k "count=$((terminal_bytes >> 16))")
  {
    block bare "$BENCH_TOOLS/terminal" "$terminal_bytes" "$tree/usr/bin/busybox" "${words[@]}"
    block reg "$BENCH_TOOLS/terminal" "$terminal_bytes" "$BENCH_REG" --root "$reg_root" run --rm -t busybox -- "${words[@]}"
    echo "goal=most $limit"
  } >"$work/terminal.spec"
  timed terminal "terminal: $terminal_bytes bytes through pseudo-terminals; 64 MB/s are $limit ms" "$work/terminal.spec" \
    -n "$((BENCH_ROUNDS < 20 ? BENCH_ROUNDS : 20))" -w 1 -b bare
  reg_halt
  return $failed
}

# file_block NAME REDIRECTION COMMAND...: a contestant whose standard input or output is a regular file.
file_block() {
  local name=$1 redirection=$2
  shift 2
  block "$name" sh -c "exec \"\$@\" $redirection" sh "$@"
}

bench_files() {
  local failed=0 limit in=$state/in out=$state/out runs busybox=$tree/usr/bin/busybox
  limit=$(at_rate "$file_bytes" 1000)
  streams_ready
  head -c "$file_bytes" /dev/zero >"$in"
  runs=("$BENCH_REG" --root "$reg_root" run --rm -t busybox --)
  {
    file_block bare-in "<'$in'" "$busybox" dd bs=1M of=/dev/null
    file_block reg-in "<'$in'" "${runs[@]}" dd bs=1M of=/dev/null
    echo "goal=most $limit"
    file_block bare-out ">'$out'" "$busybox" dd bs=1M "count=$((file_bytes >> 20))" if=/dev/zero
    file_block reg-out ">'$out'" "${runs[@]}" dd bs=1M "count=$((file_bytes >> 20))" if=/dev/zero
    echo "goal=most $limit"
  } >"$work/files.spec"
  timed files "files: $file_bytes bytes from and to regular files; 1 GB/s are $limit ms" "$work/files.spec" \
    -n "$((BENCH_ROUNDS < 20 ? BENCH_ROUNDS : 20))" -w 1 -b bare-in
  reg_halt
  return $failed
}
