"""The floor: the same pod by hand with bare crun, as lean as one can reasonably make it.

One network namespace, an overlay mount per container, `crun run` for the init container, `crun run --detach` for
the others in order. No image handling, no network beyond loopback, no logs, nobody who watches. The bundles are
written beforehand; mounts and the namespace are made by system calls, not by programs.
"""

import json
import os
import signal

from . import host
from .contender import INIT, MAIN, Contender

CAPABILITIES = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
    "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
]
ORDER = [("init", INIT), ("app", MAIN), ("tail", MAIN)]


class Floor(Contender):
    name = "crun"

    def prepare(self):
        self.hide("/run")
        self.crun = ["/usr/bin/crun", "--cgroup-manager=cgroupfs"]
        self.network = os.path.join(self.directory, "net")
        for container, command in ORDER:
            bundle = os.path.join(self.directory, container)
            for name in ("rootfs", "upper", "work"):
                os.makedirs(os.path.join(bundle, name))
            with open(os.path.join(bundle, "config.json"), "w") as file:
                json.dump(_configuration(container, command, self.network), file)

    def up(self):
        host.pin_network_namespace(self.network)
        for container, _ in ORDER:
            bundle = os.path.join(self.directory, container)
            layers = f"lowerdir={self.bench.rootfs},upperdir={bundle}/upper,workdir={bundle}/work"
            host.mount("overlay", f"{bundle}/rootfs", "overlay", data=layers)
        self._run("init", [])
        for container in ("app", "tail"):
            self._run(container, ["--detach", "--pid-file", self._pid_file(container)])

    def down(self):
        pids = []
        for container in ("app", "tail"):
            with open(self._pid_file(container)) as file:
                pids.append(int(file.read()))
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        for pid in pids:
            if not host.wait_for_exit(pid, 5):
                raise RuntimeError("a container did not end on SIGTERM")
        deletions = [self._start(["delete", container]) for container in ("app", "tail")]
        for deletion in deletions:
            _finish(deletion)
        for container, _ in ORDER:
            host.unmount(os.path.join(self.directory, container, "rootfs"))
        host.release_network_namespace(self.network)

    def _run(self, container, options):
        bundle = os.path.join(self.directory, container)
        _finish(self._start(["run", *options, "--bundle", bundle, container]))

    def _start(self, arguments):
        return os.posix_spawn(self.crun[0], [*self.crun, *arguments], os.environ)

    def _pid_file(self, container):
        return os.path.join(self.directory, container + ".pid")


def _finish(pid):
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status != 0:
        raise RuntimeError(f"crun: status {status}")


def _configuration(container, command, network):
    """What an engine would ask for: own pid, mount, ipc and uts, the shared network, usual mounts and masks."""
    tmpfs = ["nosuid", "strictatime", "mode=755", "size=65536k"]
    sets = ("bounding", "effective", "permitted")
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0}, "args": command, "cwd": "/", "noNewPrivileges": False,
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "capabilities": {name: CAPABILITIES for name in sets}, "oomScoreAdj": 1000,
        },
        "root": {"path": "rootfs"},
        "hostname": "bench",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": tmpfs},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
             "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
        ],
        "linux": {
            "cgroupsPath": "/bench/" + container,
            "namespaces": [
                {"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"},
                {"type": "network", "path": network},
            ],
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }
