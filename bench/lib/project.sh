# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# project: what a start costs when its wishes come from reg.yaml and reg.lock instead of flags, and from a script.

# project_dir NAME [LINE...]: a project whose reg.yaml has these lines; none without any.
project_dir() {
  local dir=$state/$1
  shift
  mkdir -p "$dir"
  (($# == 0)) || printf '%s\n' "$@" >"$dir/reg.yaml"
  echo "$dir"
}

# in_project NAME DIR WORD...: a contestant that runs there.
in_project() {
  printf '[%s]\ndir=%s\n' "$1" "$2"
  shift 2
  printf 'arg=%s\n' "$BENCH_REG" --root "$reg_root" "$@"
}

bench_project() {
  local failed=0 flags none file
  has_reg || die "nothing to measure: no client at $BENCH_REG (scripts/build.sh makes it)"
  new_state
  seed busybox make_busybox
  reg_start
  flags=(run --rm -t busybox -w /srv -e A=1 -e B=two -- /usr/bin/true)
  none=$(project_dir none)
  file=$(project_dir file 'runtime: busybox' 'command: [/usr/bin/true]' 'workdir: /srv' 'env: {A: 1, B: two}')
  printf '%s\n' '#!/usr/bin/env -S reg run --script' '# /// script' '# [tool.reg]' '# runtime = "busybox"' \
    '# workdir = "/srv"' '# command = "/usr/bin/true"' '# env = {A = 1, B = "two"}' '# ///' >"$none/script"
  (cd "$file" && reg run --rm) >&2
  [[ -s $file/reg.lock ]] || die "the first run left no reg.lock"
  {
    in_project flags "$none" "${flags[@]}"
    in_project reg.yaml "$file" run --rm
    echo 'goal=plus flags 0.3'
    in_project flags-beside-it "$file" "${flags[@]}"
    in_project script "$none" run --rm --script script
  } >"$work/project.spec"
  timed project 'project: wishes from flags, from reg.yaml with its lock, from a script' "$work/project.spec" \
    -n "$BENCH_ROUNDS" -w "$BENCH_WARMUPS" -b flags
  reg_halt
  return $failed
}
