# PLACE [in FILE]... (ro PATH | rw PATH | all PATH)... -- COMMAND...
# Executes COMMAND where there is nothing but the host's programs and these paths, and with bounds on what it uses. Run as root, as
# the first process of new mount and pid namespaces. `all` is read-only with the mounts below it, as they are. PLACE is an empty directory; with / the host's files stay to be seen.
# It joins the control groups whose files for that are named first.
set -eu
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
place=$1
shift
while [ "$1" = in ]; do
    echo 0 >"$2"
    shift 2
done

give() {
    # It may be below what was given before.
    if [ -e "$place$2" ]; then
        :
    elif [ -d "$2" ]; then
        mkdir -p "$place$2"
    else
        mkdir -p "$place${2%/*}"
        : >"$place$2"
    fi
    if [ "$1" = all ]; then
        mount -n --rbind -o ro,nosuid,nodev "$2" "$place$2"
    else
        mount -n --bind -o "$1,nosuid,nodev" "$2" "$place$2"
    fi
}

if [ "$place" = / ]; then
    mount -n -t proc -o nosuid,nodev,noexec proc /proc
    shift
else
    # Nothing in it can be written by others than root but what is given for that.
    mount -n -t tmpfs -o nosuid,size=8m,nr_inodes=4096,mode=0755 reg-builder "$place"
    cd "$place"
    mkdir dev proc tmp
    give ro /usr
    for path in /bin /sbin /lib /lib64; do
        if [ -L $path ]; then
            cp -P $path .
        elif [ -d $path ]; then
            give ro $path
        fi
    done
    # Debian's packages of Java have their configuration there.
    for path in /etc/java*; do
        [ ! -d "$path" ] || give ro "$path"
    done
    for path in /dev/null /dev/random /dev/urandom; do
        : >".$path"
        mount -n --bind $path "$place$path"
    done
    while [ "$1" != -- ]; do
        give "$1" "$2"
        shift 2
    done
    shift
    mount -n -t proc -o nosuid,nodev,noexec proc "$place/proc"
    pivot_root . .
    umount -n -l .
fi
cd /

# Seconds of each process, its address space in KiB, blocks of 512 bytes (9 GiB) of each file, open files of each process, processes
# and threads of the user, no core. How many files there are, and their bytes, is counted by the engine (OutputBounds).
ulimit -t 3600
ulimit -v 4194304
ulimit -f 18874368
ulimit -n 4096
ulimit -p 512
ulimit -c 0
exec "$@"
