# Sourced: need COMMAND PACKAGE... names every Debian package that is missing, at once.

missing=
need() {
    command -v "$1" >/dev/null 2>&1 && return
    case "$missing " in
    *" $2 "*) ;;
    *) missing="$missing $2" ;;
    esac
}

need_done() {
    [ -n "$missing" ] || return 0
    echo "reg: missing Debian packages:$missing (as root: apt-get install$missing)" >&2
    return 1
}
