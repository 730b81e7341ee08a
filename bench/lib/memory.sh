# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What an idle container costs: by how much MemFree falls per container, both times after caches were dropped.

memory_keys=(MemFree AnonPages Shmem SUnreclaim SReclaimable KernelStack PageTables Percpu)

memory_now() { local key; for key in "${memory_keys[@]}"; do echo "$key $(meminfo "$key")"; done; }

# memory_of NAME COUNT START STOP: START and STOP are functions; STOP is called once the figure is taken.
memory_of() {
  local name=$1 count=$2
  drop_caches
  memory_now >"$work/$name.before"
  "$3" "$count"
  sleep 2
  drop_caches
  memory_now >"$work/$name.after"
  join "$work/$name.before" "$work/$name.after" 2>/dev/null | awk -v name="$name" -v n="$count" '
    { per = ($3 - $2) / n; if ($1 == "MemFree") per = -per; figure[$1] = per; order[NR] = $1 }
    END {
      printf "  %-8s %5d containers, KB each: %7.1f   of that", name, n, figure["MemFree"]
      for (i = 2; i <= NR; i++) printf " %s %.1f", order[i], figure[order[i]]
      print ""
    }'
  awk -v n="$count" -v name="$name" 'NR == FNR { before[$1] = $2; next } $1 == "MemFree" {
    printf "{\"name\":\"%s\",\"count\":%d,\"kilobytesEach\":%.1f}\n", name, n, (before[$1] - $2) / n }' \
    "$work/$name.before" "$work/$name.after" >>"$(json_file memory)"
  "$4"
}

# floor holds its containers until its standard input ends.
hold_floor() {
  mkdir "$state/held"
  mkfifo "$work/hold"
  "$BENCH_TOOLS/floor" hold "$1" "$tree" "$state/held" /usr/bin/sleep 1000000 <"$work/hold" >"$work/held" &
  held=$!
  exec {hold}>"$work/hold"
  until [[ -s $work/held ]]; do
    kill -0 "$held" 2>/dev/null || die 'floor did not hold its containers'
    sleep 0.1
  done
}
release_floor() {
  exec {hold}>&-
  wait "$held"
}

hold_reg() { for _ in $(seq "$1"); do reg run -d -t busybox -- sleep 1000000 >/dev/null; done; }

resident() { awk '$1 == "VmRSS:" { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }

# With all containers running: the engine's memory before and after 3,000 requests, each a container run to its end.
requests_then_release_reg() {
  local engine before after
  engine=$(engine_pid)
  before=$(resident "$engine")
  block reg "$BENCH_REG" --root "$reg_root" run --rm -t busybox -- true >"$work/requests.spec"
  timed memory-requests "memory: 3,000 runs beside the $BENCH_COUNT containers" "$work/requests.spec" -n 3000 -w 0
  after=$(resident "$engine")
  echo "  engine resident with $BENCH_COUNT containers: $before MB; after 3,000 requests: $after MB; launcher: $(resident "$(launcher_pid)") MB"
  awk -v mb="$after" 'BEGIN { printf "  goal: engine %.1f MB, at most 110: %s\n", mb, mb <= 110 ? "met" : "missed" }'
  printf '{"name":"engine","containers":%d,"residentMegabytes":%s,"afterRequestsMegabytes":%s}\n' \
    "$BENCH_COUNT" "$before" "$after" >>"$(json_file memory)"
  reg ps -q -a | xargs "$BENCH_REG" --root "$reg_root" remove -f >/dev/null
  reg_halt
}

hold_docker() { for _ in $(seq "$1"); do peer_start docker; done; }
hold_podman() { for _ in $(seq "$1"); do peer_start podman; done; }
release_docker() { "${docker_words[@]}" ps -q -a | xargs "${docker_words[@]}" rm -f >/dev/null; }
release_podman() { "${podman_words[@]}" rm -f -a -t 0 >/dev/null; }
peer_start() {
  local words
  peer_words "$1"
  "${words[@]}" -d "$image" /usr/bin/sleep 1000000 >/dev/null
}

bench_memory() {
  local failed=0 name
  new_state
  if has_reg; then seed busybox make_busybox; fi
  make_tree
  choose_contestants
  echo
  echo "memory: an idle container ($BENCH_FS)"
  memory_of floor "$BENCH_COUNT" hold_floor release_floor
  if chosen reg; then
    reg_start
    for _ in $(seq 50); do reg run --rm -t busybox -- true; done
    memory_of reg "$BENCH_COUNT" hold_reg requests_then_release_reg
    awk -F: '/"reg"/ { mb = $NF + 0; printf "  goal: %.1f KB an idle container, at most 400: %s\n", mb, mb <= 400 ? "met" : "missed" }' \
      "$(json_file memory)"
  fi
  for name in podman docker; do
    if chosen "$name"; then memory_of "$name" "$BENCH_PEER_COUNT" "hold_$name" "release_$name"; fi
  done
  return $failed
}
