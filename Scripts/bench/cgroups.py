"""A control group of the benchmark's own in every hierarchy, and what is in it and used by it.

Each contender lives in `remora-bench-PID/NAME` and sees that as the root of a cgroup namespace, so whatever it
creates is below it: CPU time is accounted hierarchically, and at the end every process and group can be found.
"""

import errno
import os
import signal
import time

from . import host


def _hierarchies():
    """(mount point, type, mount options) of each cgroup hierarchy."""
    found = []
    with open("/proc/self/mountinfo") as table:
        for line in table:
            left, right = line.split(" - ")
            kind, _, options = right.split()[:3]
            if kind in ("cgroup", "cgroup2"):
                names = [name for name in options.split(",") if name not in ("rw", "ro")]
                found.append((left.split()[4], kind, names))
    return found


class BenchCgroup:
    def __init__(self, name):
        self.name = name
        self._is_inside = False  # whether the caller sees its contender's groups as the roots
        self.hierarchies = _hierarchies()
        accounted = [h for h in self.hierarchies if "cpuacct" in h[2]]
        self.unified = [h for h in self.hierarchies if h[1] == "cgroup2"]
        if accounted:
            self._usage = (accounted[0][0], "cpuacct.usage")
        elif self.unified:
            self._usage = (self.unified[0][0], "cpu.stat")
        else:
            raise RuntimeError("no control groups are mounted; mount cgroup2 on /sys/fs/cgroup")
        self.is_hybrid = bool(accounted) and bool(self.unified)

    def path(self, mount_point, contender=""):
        if self._is_inside:
            return mount_point
        return os.path.join(mount_point, self.name, contender).rstrip("/")

    def enter(self, contender, hybrid):
        """Moves the caller into the contender's groups and makes them the root of what it sees.

        Without `hybrid`, a machine with version 1 and 2 side by side looks like one with version 1 only.
        """
        for point, kind, names in self.hierarchies:
            for directory in (self.path(point), self.path(point, contender)):
                os.makedirs(directory, exist_ok=True)
                if "cpuset" in names:
                    for file in ("cpuset.cpus", "cpuset.mems"):
                        _copy(os.path.join(os.path.dirname(directory), file), os.path.join(directory, file))
            _write(os.path.join(self.path(point, contender), "cgroup.procs"), "0")
        host.unshare(host.CLONE_NEWCGROUP)
        for point, kind, names in self.hierarchies:
            if kind == "cgroup2" and not self.is_hybrid:
                self._delegate(point, contender)
        for point, kind, names in self.hierarchies:
            host.unmount(point)
            if kind == "cgroup":
                named = any(name.startswith("name=") for name in names)
                host.mount(kind, point, kind, data=",".join(["none"] * named + names))
            elif hybrid or not self.is_hybrid:
                host.mount(kind, point, kind)
            else:
                # crun writes there even when it is no cgroup file system; what it writes must vanish with us.
                host.mount("tmpfs", point, "tmpfs", data="mode=0755,size=16m")
        if not hybrid:
            self.hierarchies = [h for h in self.hierarchies if h not in self.unified or not self.is_hybrid]
        self._is_inside = True

    def _delegate(self, point, contender):
        """Version 2: processes only in leaves, every controller handed down."""
        leaf = os.path.join(self.path(point, contender), "worker")
        os.makedirs(leaf, exist_ok=True)
        _write(os.path.join(leaf, "cgroup.procs"), "0")
        for directory in (self.path(point), self.path(point, contender)):
            with open(os.path.join(directory, "cgroup.controllers")) as file:
                for controller in file.read().split():
                    try:
                        _write(os.path.join(directory, "cgroup.subtree_control"), "+" + controller)
                    except OSError:
                        pass  # not delegated to us: the contenders do without it, all of them

    def cpu_seconds(self, contender):
        point, file = self._usage
        with open(os.path.join(self.path(point, contender), file)) as usage:
            text = usage.read()
        if file == "cpuacct.usage":
            return int(text) / 1e9
        return int(dict(line.split() for line in text.splitlines())["usage_usec"]) / 1e6

    def processes(self, contender=""):
        """Every process below the contender's groups, in any hierarchy."""
        found = set()
        for point, _, _ in self.hierarchies:
            for directory, _, _ in os.walk(self.path(point, contender)):
                try:
                    with open(os.path.join(directory, "cgroup.procs")) as file:
                        found.update(int(line) for line in file)
                except OSError:
                    pass
        return found

    def remove(self):
        """Kills, by its id, every process that is left in our groups, then removes the groups."""
        for _ in range(200):
            left = self.processes() - {os.getpid()}
            if not left:
                break
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.02)
        for point, _, _ in self.hierarchies:
            for directory, _, _ in os.walk(self.path(point), topdown=False):
                for _ in range(100):
                    try:
                        os.rmdir(directory)
                        break
                    except OSError as error:
                        if error.errno != errno.EBUSY:
                            break
                        time.sleep(0.02)


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)


def _copy(source, target):
    with open(source) as file:
        text = file.read().strip()
    with open(target) as file:
        if file.read().strip():
            return
    _write(target, text)
