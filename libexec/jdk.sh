# Sourced: find_jdk [TOOL] finds a JDK 25 or later that has bin/TOOL (default java), into the variable jdk. The release file says
# the version: running java only to ask costs more than the rest of a start.

jdk_fits() {
    [ -x "$1/bin/$2" ] && [ -r "$1/release" ] || return 1
    while IFS='=' read -r jdk_key jdk_value; do
        [ "$jdk_key" = JAVA_VERSION ] || continue
        jdk_value=${jdk_value#\"}
        jdk_value=${jdk_value%%[!0-9]*}
        [ "${jdk_value:-0}" -ge 25 ]
        return
    done <"$1/release"
    return 1
}

find_jdk() {
    jdk_tool=${1:-java} jdk=
    # Named by hand: no other will do.
    if [ -n "${REG_JAVA_HOME-}" ]; then
        jdk_fits "$REG_JAVA_HOME" "$jdk_tool" && jdk=$REG_JAVA_HOME && return 0
        echo "reg: REG_JAVA_HOME=$REG_JAVA_HOME is not a JDK 25 or later (no bin/$jdk_tool, or its release file says otherwise)" >&2
        return 1
    fi
    for jdk in "${JAVA_HOME-}" /usr/lib/jvm/* /opt/*jdk* /opt/java/* "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/*; do
        [ -n "$jdk" ] && jdk_fits "$jdk" "$jdk_tool" && return 0
    done
    if jdk=$(command -v java) && jdk=$(readlink -f "$jdk"); then
        jdk=${jdk%/bin/java}
        jdk_fits "$jdk" "$jdk_tool" && return 0
    fi
    jdk=
    echo "reg: no JDK 25 found in JAVA_HOME, /usr/lib/jvm, /opt or PATH: install one (Debian package openjdk-25-jdk-headless where" \
        "the release has it, or the archive from adoptium.net) or name its folder with REG_JAVA_HOME" >&2
    return 1
}
