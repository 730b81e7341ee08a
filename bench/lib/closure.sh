# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# closure: how many ELF files a second their closure takes, over every template of the catalog. By the engine's own code, in a
# JVM with its options.

# Every recipe of the catalog; making them takes minutes and downloads what packages they need.
make_catalog() {
  local recipe
  for recipe in "$BENCH_HERE"/../catalog/*.yaml; do
    reg template build "$(basename "$recipe" .yaml)"
  done
  # Fewer bytes to copy; what is measured reads templates and objects only.
  rm -rf "$reg_root/cache"
}

bench_closure() {
  local jars jdk=''
  has_reg || die "nothing to measure: no client at $BENCH_REG (scripts/build.sh makes it)"
  jars=$(dirname "$(dirname "$BENCH_REG")")/lib
  source "$(dirname "$jars")/libexec/jdk.sh"
  find_jdk javac || die 'no JDK to measure with'
  new_state
  no_settings
  seed catalog make_catalog
  "$jdk/bin/javac" -d "$work/classes" -cp "$jars/*" "$BENCH_HERE/ClosureRate.java"
  # Everything is in the page cache then.
  find "$reg_root/objects" -type f -exec cat {} + >/dev/null
  # As libexec/reg-start has it.
  "$jdk/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:CompileThresholdScaling=0.01 -Xss256k -Xms16m -Xmx64m \
    -XX:+UseCompactObjectHeaders --enable-native-access=ALL-UNNAMED -cp "$work/classes:$jars/*" \
    ClosureRate "$reg_root" "$((BENCH_ROUNDS < 20 ? BENCH_ROUNDS : 20))" "$(json_file closure)"
  say "load averages afterwards: $(cut -d ' ' -f 1-3 /proc/loadavg)"
}
