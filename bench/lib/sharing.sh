# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Two containers of different closures reach one library through one inode, and the page cache grows once. On an ext4
# image, since what lies on a tmpfs is in memory anyway.

blob_megabytes=128

make_shared() {
  local dir=$state/blobs
  mkdir "$dir"
  dd if=/dev/urandom of="$dir/blob" bs=1M count="$blob_megabytes" status=none
  printf 'name: one\nversion: 1\nfiles: {blob: /usr/share/one}\n' >"$dir/one.yaml"
  printf 'name: two\nversion: 1\nfiles: {blob: /usr/share/two}\n' >"$dir/two.yaml"
  reg template build "$dir/one.yaml"
  reg template build "$dir/two.yaml"
  reg template build python
  rm -rf "$dir"
  make_busybox
}

# program_pid CONTAINER: the program, which is the only child of the container's init.
program_pid() {
  local init child
  init=$(reg inspect --format json "$1" | sed -n 's/.*"pid":\([0-9]*\).*/\1/p')
  read -r child <"/proc/$init/task/$init/children"
  echo "$child"
}

# libc_of CONTAINER: device:inode of the libc that its program has mapped.
libc_of() {
  local pid
  pid=$(program_pid "$1")
  awk '$6 ~ /\/libc\.so\.6$/ { print $4 ":" $5; exit }' "/proc/$pid/maps"
}

hold_python() {
  local name=$1
  shift
  reg run -d --name "$name" "$@" -- python3 -c 'import ssl, sqlite3, time; open("/tmp/ready", "w"); time.sleep(1000000)' >/dev/null
  for _ in $(seq 100); do
    [[ $(libc_of "$name" 2>/dev/null) && -e /proc/$(program_pid "$name")/root/tmp/ready ]] && return
    sleep 0.1
  done
  die "the program of $name did not come up"
}

# What the page cache holds of a file, in KB.
in_cache() { fincore -b -n -o RES "$1" | awk '{ print $1 / 1024 }'; }

share_libc() {
  local a b inode file cached=() held=()
  inode=''
  cached+=("$(meminfo Cached)")
  hold_python first -t python
  cached+=("$(meminfo Cached)")
  a=$(libc_of first)
  inode=${a##*:}
  file=$(find "$reg_root/environments" -inum "$inode" -name 'libc.so.6' | head -n 1)
  held+=("$(in_cache "$file")")
  hold_python second -t python -t busybox
  cached+=("$(meminfo Cached)")
  held+=("$(in_cache "$file")")
  b=$(libc_of second)
  printf '  libc mapped by python, device:inode     first container %s, second %s: %s\n' "$a" "$b" \
    "$([[ $a == "$b" && $a ]] && echo one || echo 'NOT ONE')"
  printf '  libc in the page cache, KB              first container %s, second too %s\n' "${held[@]}"
  printf '  page cache grew by, KB                  first container %d, second %d\n' \
    $((cached[1] - cached[0])) $((cached[2] - cached[1]))
  printf '{"name":"libc","first":"%s","second":"%s","cachedGrowthKilobytes":[%d,%d]}\n' "$a" "$b" \
    $((cached[1] - cached[0])) $((cached[2] - cached[1])) >>"$(json_file sharing)"
  [[ $a == "$b" && $a ]] || failed=1
  reg remove -f first second >/dev/null
}

share_blob() {
  local cached=() name
  # Once without reading, so that only the file itself is left to be cached.
  for name in one two; do reg run --rm -t busybox -t "$name" -- true; done
  cached+=("$(meminfo Cached)")
  for name in one two; do
    reg run --rm -t busybox -t "$name" -- cat "/usr/share/$name" >/dev/null
    cached+=("$(meminfo Cached)")
  done
  printf '  a file of %d KB read by both: page cache grew by, KB   first container %d, second %d\n' \
    $((blob_megabytes * 1024)) $((cached[1] - cached[0])) $((cached[2] - cached[1]))
  printf '{"name":"blob","sizeKilobytes":%d,"cachedGrowthKilobytes":[%d,%d]}\n' $((blob_megabytes * 1024)) \
    $((cached[1] - cached[0])) $((cached[2] - cached[1])) >>"$(json_file sharing)"
}

bench_sharing() {
  local failed=0
  has_reg || die "nothing to measure: no client at $BENCH_REG (scripts/build.sh makes it)"
  new_state ext4
  no_settings
  seed shared make_shared
  reg_start
  # Trees are made, and verified, before anything is counted.
  reg run --rm -t python -- python3 -c pass
  reg run --rm -t python -t busybox -- true
  drop_caches
  echo
  echo 'sharing: two containers of different closures (ext4)'
  share_libc
  drop_caches
  share_blob
  reg_halt
  return $failed
}
