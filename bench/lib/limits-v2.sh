# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Limits by version 2 of control groups: on this machine's own kernel the groups alone, where it has that version mounted;
# whole starts in a virtual machine in software, where only ratios say something.

bench_limits-v2() {
  local here=$BENCH_HERE/../system/src/test/resources/vm unified guest=$work/guest failed=0
  has_reg || die "no client at $BENCH_REG (scripts/build.sh makes it)"
  unified=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  if [[ $unified ]]; then
    echo "version 2 here: the kernel's part, microseconds (controllers of the group: '$(<"$unified/cgroup.subtree_control")')"
    "$BENCH_TOOLS/groups" "$BENCH_ROUNDS" "$unified" | tee "$(json_file groups).txt" | sed 's/^/  /'
    awk '{ t[$1] = $2 } END { printf "  a group of its own costs %.0f\n",
      t["mkdir"] + t["open"] + t["rmdir"] + t["clone-into"] - t["clone"] + t["end-in"] - t["end"] }' "$(json_file groups).txt"
  fi
  new_state
  seed busybox make_busybox
  reg_start
  reg run --rm -t busybox -- true
  mkdir -p "$guest"
  cp "$here/tiny.yaml" "$BENCH_TOOLS/timer" "$guest/"
  {
    echo "rounds=$BENCH_ROUNDS warmups=$BENCH_WARMUPS"
    cat "$BENCH_HERE/lib/limits-v2.guest"
  } >"$guest/script"
  echo "version 2 in software (QEMU without KVM): milliseconds there are none of a real machine; ratios are nearly"
  sh "$here/boot" "$work/machine" "$BENCH_CACHE/../vm" "$(reg_environment)/usr/bin/busybox" "$guest" \
    "$(dirname "$(dirname "$BENCH_REG")")" "$reg_root" | tr -d '\r' | sed -n 's/.*bench: //p' | tee "$work/said"
  grep -q '^end' "$work/said" || { say "the machine did not reach its end"; failed=1; }
  reg_halt
  return $failed
}
