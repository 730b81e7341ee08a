# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The peers' own services and configuration, all of it under $state. Nothing of the host's docker or podman is used.

docker_socket=$state/docker.sock
image=localhost/reg-bench
export DOCKER_CONFIG=$state/docker-config CONTAINERS_CONF=$state/containers.conf
export CONTAINERS_STORAGE_CONF=$state/storage.conf

# The clients' own settings: none. podman reads docker's too.
no_settings() {
  mkdir -p "$DOCKER_CONFIG"
  echo '{}' >"$DOCKER_CONFIG/config.json"
}

has() { command -v "$1" >/dev/null; }

# The commands with what makes them private; docker_words gets its first word from start_docker.
docker_words=('' -H "unix://$docker_socket")
# Its run root may be 50 characters long; /run is the benchmark's own here.
podman_words=(podman --root "$state/podman" --runroot /run/reg-bench-podman --storage-driver overlay
  --cgroup-manager cgroupfs --runtime "$(command -v runc || echo runc)")

# A daemon that touches neither the host's network nor its firewall. The first client on the PATH that it answers is
# the one measured: a newer one than the daemon's own need not work.
start_docker() {
  local candidate
  echo '{}' >"$state/daemon.json"
  dockerd --config-file "$state/daemon.json" --iptables=false --ip6tables=false --ip-forward=false \
    --bridge=none --data-root "$state/docker" --exec-root "$state/docker-run" -p "$state/docker.pid" \
    -H "unix://$docker_socket" >"$work/dockerd.log" 2>&1 &
  started+=("$!")
  for _ in $(seq 300); do
    if [[ -S $docker_socket ]]; then
      # Listening comes before answering.
      sleep 1
      for candidate in $(type -aP docker); do
        docker_words[0]=$candidate
        if "${docker_words[@]}" version >/dev/null 2>&1; then
          tar -C "$tree" -c . | "${docker_words[@]}" import - "$image" >/dev/null
          return
        fi
      done
    fi
    kill -0 "${started[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  say "leaving docker out, dockerd does not answer: $(tail -n 1 "$work/dockerd.log")"
  return 1
}

# podman asks for more descriptors and processes than a host may allow; here for exactly what this one does.
start_podman() {
  local limits
  limits="\"nofile=$(ulimit -n):$(ulimit -Hn)\", \"nproc=$(ulimit -u):$(ulimit -Hu)\""
  printf '[containers]\ndefault_ulimits = [%s]\n' "${limits//unlimited/-1}" >"$CONTAINERS_CONF"
  printf '[storage]\ndriver = "overlay"\nrunroot = "%s"\ngraphroot = "%s"\n' /run/reg-bench-podman "$state/podman" \
    >"$CONTAINERS_STORAGE_CONF"
  tar -C "$tree" -c . | "${podman_words[@]}" import - "$image" >/dev/null 2>"$work/podman.log" || {
    say "leaving podman out, it cannot import an image: $(tail -n 1 "$work/podman.log")"
    return 1
  }
}

# crun refuses to run beside a hybrid cgroup version 2 mount; it gets a mount namespace without that one.
crun_namespace=''
start_crun() {
  unshare --mount --propagation private sh -c 'umount /sys/fs/cgroup/unified 2>/dev/null; exec sleep 1000000' &
  started+=("$!")
  crun_namespace=/proc/$!/ns/mnt
  for _ in $(seq 50); do
    [[ $(cat "/proc/$!/comm" 2>/dev/null) == sleep ]] && return
    sleep 0.1
  done
  say 'leaving crun out, its mount namespace was not made'
  return 1
}

# bundle DIR WORD...: an OCI bundle of the tree that does what reg's container has, in the runtimes' words.
bundle() {
  local dir=$1 args
  shift
  mkdir -p "$dir"
  args=$(printf ',"%s"' "$@")
  cat >"$dir/config.json" <<JSON
{
  "ociVersion": "1.0.0",
  "process": {
    "terminal": false, "user": {"uid": 0, "gid": 0}, "args": [${args:1}], "cwd": "/", "noNewPrivileges": true,
    "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"],
    "capabilities": {
      "bounding": [$capabilities], "effective": [$capabilities], "permitted": [$capabilities]
    }
  },
  "root": {"path": "$tree", "readonly": false},
  "hostname": "bench",
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
    {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
    {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
    {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/sys", "type": "none", "source": "/sys", "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]}
  ],
  "linux": {
    "cgroupsPath": "/$BENCH_ID/$(basename "$dir")",
    "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}],
    "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
    "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
  }
}
JSON
}
capabilities='"CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FSETID","CAP_FOWNER","CAP_SETGID","CAP_SETUID","CAP_SETFCAP","CAP_SETPCAP","CAP_NET_BIND_SERVICE","CAP_SYS_CHROOT","CAP_KILL","CAP_AUDIT_WRITE"'
