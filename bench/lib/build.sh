# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# build: the template of python from packages that were downloaded before. The engine has no network: what is not in the
# cache fails the run.

make_python() { reg template build python; }

# What a build finds: the downloads of an earlier one, lists of today, neither the template nor an object of it.
build_again() {
  reg template remove python && reg prune && touch "$reg_root/cache/apt/state/listed"
}

unpack_all() {
  local archive
  for archive in "$reg_root"/cache/apt/cache/archives/*.deb; do dpkg-deb --extract "$archive" "$1" || return; done
}

bench_build() {
  local failed=0 again=$work/again unpack=$work/unpack
  has_reg || die "nothing to measure: no client at $BENCH_REG (scripts/build.sh makes it)"
  new_state
  seed python make_python
  no_settings
  unshare --net "$BENCH_REG" --root "$reg_root" engine start >&2
  declare -p BENCH_REG reg_root >"$again"
  declare -f reg build_again unpack_all >>"$again"
  cp "$again" "$unpack"
  echo 'build_again >/dev/null 2>&1 && { (($# == 0)) || rm -r "$reg_root/cache/apt/state/$1"; }' >>"$again"
  echo 'unpack_all "$1"' >>"$unpack"
  {
    block unpack bash "$unpack" "$state/unpacked"
    printf 'before=rm -rf %s; mkdir %s\n' "'$state/unpacked'" "'$state/unpacked'"
    block python "$BENCH_REG" --root "$reg_root" template build python
    echo "before=bash '$again'"
    echo 'goal=most 5000'
    block python-asks-apt "$BENCH_REG" --root "$reg_root" template build python
    echo "before=bash '$again' answers"
  } >"$work/build.spec"
  timed build 'build: python from downloaded packages' "$work/build.spec" \
    -n "$((BENCH_ROUNDS < 10 ? BENCH_ROUNDS : 10))" -w 1 -l 120
  say "load averages afterwards: $(cut -d ' ' -f 1-3 /proc/loadavg)"
  reg_halt
  return $failed
}
