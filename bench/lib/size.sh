# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Does a start depend on how many files its templates have? The same program under closures of very different size.

size_files=20000

# busybox, python, and `many`: a template of 20,000 small files, no two alike.
make_sizes() {
  local dir=$state/many i
  mkdir "$dir"
  {
    printf 'name: many\nversion: 1\nfiles:\n'
    for i in $(seq "$size_files"); do printf '  f%05d: /usr/share/many/%02d/f%05d\n' "$i" "$((i % 100))" "$i"; done
  } >"$dir/many.yaml"
  (cd "$dir" && for i in $(seq "$size_files"); do printf -v f 'f%05d' "$i"; echo "$f" >"$f"; done)
  reg template build "$dir/many.yaml"
  reg template build python
  rm -rf "$dir"
  make_busybox
  reg run --rm -t busybox -t python -- true
  reg run --rm -t busybox -t many -- true
}

bench_size() {
  local failed=0
  has_reg || die "nothing to measure: no client at $BENCH_REG (scripts/build.sh makes it)"
  new_state
  no_settings
  seed sizes make_sizes
  reg_start
  {
    block busybox "$BENCH_REG" --root "$reg_root" run --rm -t busybox -- true
    block busybox+python "$BENCH_REG" --root "$reg_root" run --rm -t busybox -t python -- true
    echo 'goal=ratio busybox 1.1'
    block "busybox+$size_files-files" "$BENCH_REG" --root "$reg_root" run --rm -t busybox -t many -- true
    echo 'goal=ratio busybox 1.1'
  } >"$work/size.spec"
  timed size 'size: one program, closures of different size' "$work/size.spec" -n "$BENCH_ROUNDS" -w "$BENCH_WARMUPS" -b busybox
  reg_halt
  return $failed
}
