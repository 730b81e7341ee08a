# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Containers started one by one and kept alive, removed in one go, and what is left of them.

# floor_storm NAME: its line, of the form "storm n=… p50=… first100=… last100=… ms".
floor_storm() {
  mkdir "$state/$1"
  "$BENCH_TOOLS/floor" storm "$BENCH_COUNT" "$tree" "$state/$1" /usr/bin/sleep 1000000 | tee "$work/$1"
}

# ratio FILE: last over first hundred of a floor's line.
floor_ratio() { sed -n 's/.*first[0-9]*=\([0-9.]*\) last[0-9]*=\([0-9.]*\) ms/\1 \2/p' "$1" | awk '{ print $2 / $1 }'; }

# descriptors WORDS PID: what each open descriptor is, without the numbers that tell pipes and sockets apart.
descriptors() { find "/proc/$2/fd" -type l -printf "$1 %l\n" | sed 's/:\[[0-9]*\]$//' | sort; }

# Leaves out the descriptors of what the engine has made ahead, of which there are sometimes more, sometimes fewer: for
# each directory under spares an exit file, and at most two mounts, which look like any other mount's "/".
without_spares() {
  awk -v spares="$(ls "$reg_root/spares" | tr '\n' ' ')" '
    BEGIN { n = split(spares, id, " "); for (i = 1; i <= n; i++) spare[id[i]] = 1 }
    { last = $0; sub(/.*\//, "", last) }
    $0 ~ "/exits/" && last in spare { next }
    $NF == "/" && mounts++ < 2 * n { next }
    { print }'
}

# What is there now, a line each; two of these are compared.
reg_traces() {
  local engine launcher logger
  engine=$(engine_pid) launcher=$(launcher_pid)
  find "$reg_root" -type d ! -path '*/objects/*' ! -path '*/environments/*' ! -path '*/spares/*' -printf 'directory %p\n' | sort
  find /sys/fs/cgroup -type d ! -path "*/$BENCH_ID/*" -printf 'cgroup %p\n' | sort
  awk '{ print "mount here " $5 }' /proc/self/mountinfo | sort
  awk '{ print "mount of the launcher " $5 }' "/proc/$launcher/mountinfo" | sort
  # The benchmark has a pid namespace of its own: these are all there are, less the shell that looks.
  ps -e -o pid=,comm= | awk '$2 !~ /^(ps|awk|sort|bash)$/ { print "process " $1 " " $2 }' | sort
  descriptors 'descriptor of the engine' "$engine" | without_spares
  descriptors 'descriptor of the launcher' "$launcher"
  for logger in $(ps -o pid= --ppid "$launcher"); do
    # Containers are the launcher's children too; its helpers run its own executable.
    if [[ /proc/$logger/exe -ef /proc/$launcher/exe ]]; then descriptors 'descriptor of the logger' "$logger"; fi
  done
}

# Kinds of trace, counted: "12 cgroup, 3 directory".
kinds() { sed -E 's/^(directory|cgroup|process|mount here|mount of the launcher|descriptor of the [a-z]+) .*/\1/' | sort | uniq -c | awk '{ n = $1; $1 = ""; printf "%s%d%s", sep, n, $0; sep = ", " }'; }

reg_leaks() {
  local left
  for _ in $(seq 30); do
    reg_traces >"$work/traces.after"
    left=$({ diff "$work/traces.before" "$work/traces.after" || true; } | sed -n 's/^> //p')
    [[ $left ]] || break
    sleep 0.1
  done
  echo "  before: $(kinds <"$work/traces.before")"
  echo "  after:  $(kinds <"$work/traces.after")"
  if [[ $left ]]; then
    echo "  LEFT BEHIND: $(kinds <<<"$left")"
    head -n 20 <<<"$left" | sed 's/^/    /'
    failed=1
  else
    echo '  left behind: nothing'
  fi
}

storm_reg() {
  reg_start
  # A container in either way first, so that what is made once and kept is there before the count.
  for _ in $(seq 20); do reg run --rm -t busybox -- true; done
  reg run -d -t busybox -- sleep 1000000 >/dev/null
  reg ps -q -a | xargs "$BENCH_REG" --root "$reg_root" remove -f >/dev/null
  sleep 1
  reg_traces >"$work/traces.before"
  block reg "$BENCH_REG" --root "$reg_root" run -d -t busybox -- sleep 1000000 >"$work/storm.spec"
  timed storm-reg "storm: reg, $BENCH_COUNT containers kept alive" "$work/storm.spec" -n "$BENCH_COUNT" -w 0 -e 100
  local alive
  alive=$(reg ps -q | wc -l)
  echo "  running at its end: $alive"
  [[ $alive == "$BENCH_COUNT" ]] || failed=1
  block reg sh -c "'$BENCH_REG' --root '$reg_root' ps -q -a | xargs '$BENCH_REG' --root '$reg_root' remove -f" >"$work/remove.spec"
  echo 'goal=most 2000' >>"$work/remove.spec"
  timed storm-reg-remove "storm: reg, removing all $BENCH_COUNT" "$work/remove.spec" -n 1 -w 0 -l 300
  reg_leaks
}

# storm_peer NAME: fewer of them, since tearing down many takes minutes.
storm_peer() {
  local -n command=${1}_words
  local words
  peer_words "$1"
  block "$1" "${words[@]}" -d "$image" /usr/bin/sleep 1000000 >"$work/$1.spec"
  timed "storm-$1" "storm: $1, $BENCH_PEER_COUNT containers kept alive" "$work/$1.spec" -n "$BENCH_PEER_COUNT" -w 1 -e 100
  local cli
  cli=$(printf "'%s' " "${command[@]}")
  block "$1" sh -c "$cli ps -q -a | xargs $cli rm -f -t 0" >"$work/$1.spec"
  [[ $1 == podman ]] || sed -i 's/ -t 0$//' "$work/$1.spec"
  timed "storm-$1-remove" "storm: $1, removing all $BENCH_PEER_COUNT" "$work/$1.spec" -n 1 -w 0 -l 600
}

bench_storm() {
  local failed=0 name before after
  new_state
  if has_reg; then seed busybox make_busybox; fi
  make_tree
  choose_contestants
  echo
  echo "storm: floor, $BENCH_COUNT containers kept alive ($BENCH_FS)"
  floor_storm floor.before
  if chosen reg; then
    storm_reg
    echo
    echo "storm: floor again ($BENCH_FS)"
    floor_storm floor.after
    storm_verdict
    reg_halt
  fi
  for name in podman docker; do
    if chosen "$name"; then storm_peer "$name"; fi
  done
  return $failed
}

# Last over first hundred: reg's at most 1.1 times the floor's, taken before and after it in the same session.
storm_verdict() {
  local floor own
  floor=$(printf '%s\n' "$(floor_ratio "$work/floor.before")" "$(floor_ratio "$work/floor.after")" | awk '{ s += $1 } END { print s / NR }')
  own=$(sed -n 's/.*"first":\([0-9.]*\),"last":\([0-9.]*\).*/\1 \2/p' "$(json_file storm-reg)" | awk '{ print $2 / $1 }')
  awk -v own="$own" -v floor="$floor" 'BEGIN {
    printf "  goal: last/first of reg %.3f, of floor %.3f; %.3f of it, at most 1.10: %s\n", own, floor, own / floor,
      own / floor <= 1.1 ? "met" : "missed" }'
  printf '{"count":%d,"regLastOverFirst":%s,"floorLastOverFirst":%s}\n' "$BENCH_COUNT" "$own" "$floor" \
    >"$(json_file storm-ratio)"
}
