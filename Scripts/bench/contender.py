"""One contender: a process with mount, network and cgroup namespaces of its own that does what it is told.

The benchmark talks to it over a pipe. Above it stands a reaper that collects orphans at once (conmon and crun
leave some), because an engine that watches a process must not have to wait for a slow init.
"""

import multiprocessing
import os
import shutil
import sys
import time
import traceback

from . import host

MAIN = ["/bin/sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]
INIT = ["/bin/true"]
POD = """---
apiVersion: v1
kind: Pod
metadata:
  name: {name}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 5
  initContainers:
  - {{name: init, image: "{image}", command: ["/bin/true"]}}
  containers:
  - name: app
    image: "{image}"
    command: [/bin/sh, -c, "trap 'exit 0' TERM; sleep 100000 & wait"]
  - name: tail
    image: "{image}"
    command: [/bin/sh, -c, "trap 'exit 0' TERM; sleep 100000 & wait"]
"""


class Contender:
    """What podman, bare crun and remora have in common. Subclasses run inside the worker process."""

    name = ""
    copes_with_hybrid = False  # crun by itself refuses version 1 and 2 of cgroups side by side
    helpers = ()  # programs inside a container that are the contender's, not the pod's

    def __init__(self, bench):
        self.bench = bench  # Bench: where things are, see bench-engine
        self.directory = os.path.join(bench.directory, self.name)
        self.log = os.path.join(self.directory, "stderr")

    def prepare(self):
        """Once, inside the worker: make the image known."""

    def finish(self):
        """At the end, inside the worker: leave nothing behind."""

    def isolate(self):
        """Namespaces, so that mounts, bridges, packet filters and groups vanish with the worker."""
        host.unshare(host.CLONE_NEWNS)
        host.mount("none", "/", flags=host.MS_REC | host.MS_SLAVE)
        self.bench.cgroup.enter(self.name, hybrid=self.copes_with_hybrid)
        host.unshare(host.CLONE_NEWNET)
        host.loopback_up()

    def hide(self, *directories):
        """Fresh, empty file systems over directories whose content other programs share."""
        for directory in directories:
            if os.path.isdir(directory):
                host.mount("tmpfs", directory, "tmpfs", data="mode=0755")

    def outside_memory(self):
        """Proportional set size, in bytes, by program, of all that is not in a container."""
        root = os.stat("/")
        found = {}
        for pid in self.bench.cgroup.processes(self.name) - {os.getpid()}:
            try:
                name, pss = _memory(pid)
                theirs = os.stat(f"/proc/{pid}/root/")
            except OSError:
                continue  # ended meanwhile
            if (theirs.st_dev, theirs.st_ino) == (root.st_dev, root.st_ino) or name in self.helpers:
                found[name] = found.get(name, 0) + pss
        return found


def _memory(pid):
    with open(f"/proc/{pid}/comm") as file:
        name = file.read().strip()
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Pss:"):
                return name, int(line.split()[1]) * 1024
    return name, 0


class Bench:
    """What all contenders share: where things are and what they run."""

    def __init__(self, directory, cgroup):
        self.directory = directory
        self.cgroup = cgroup
        self.rootfs = os.path.join(directory, "rootfs")
        self.image = "localhost/remora-bench:1"

    def make_image(self, busybox="/bin/busybox"):
        """The root file system everyone runs: busybox and the names it is called by."""
        for name in ("bin", "dev", "etc", "proc", "sys", "tmp"):
            os.makedirs(os.path.join(self.rootfs, name))
        shutil.copy(busybox, os.path.join(self.rootfs, "bin/busybox"))
        for name in ("sh", "sleep", "true"):
            os.symlink("busybox", os.path.join(self.rootfs, "bin", name))
        host.run(
            ["tar", "-C", self.rootfs, "-cf", self.rootfs + ".tar", "."], self.rootfs + ".log")

    def manifest(self, names):
        """Path of a file with a pod of each name: an init container, then two that end on SIGTERM."""
        path = os.path.join(self.directory, f"{names[0]}-{len(names)}.yaml")
        with open(path, "w") as file:
            for name in names:
                file.write(POD.format(name=name, image=self.image))
        return path


class Proxy:
    """The benchmark's end of a contender."""

    def __init__(self, contender):
        self.name = contender.name
        self._cgroup = contender.bench.cgroup
        self._pipe, theirs = multiprocessing.Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._reaper = os.fork()
        if self._reaper == 0:
            self._pipe.close()
            _reap(contender, theirs)
        theirs.close()
        self.call("_ready")

    def call(self, method, *arguments):
        """Runs a method in the worker; raises RuntimeError with its error."""
        self._pipe.send((method, arguments))
        try:
            failed, result = self._pipe.recv()
        except EOFError:
            raise RuntimeError(f"{self.name}: its worker died") from None
        if failed:
            raise RuntimeError(f"{self.name}: {result}")
        return result

    def timed(self, method, *arguments):
        """The seconds that a method took, measured in the worker."""
        return self.call("_timed", method, *arguments)

    def cpu_seconds(self):
        """CPU time of everything the contender ever started, less the worker's own, once it is quiet."""
        last = self._cgroup.cpu_seconds(self.name)
        for _ in range(60):
            time.sleep(0.05)
            now = self._cgroup.cpu_seconds(self.name)
            if now - last < 0.001:
                break
            last = now
        return now - self.call("_own_cpu")

    def close(self):
        try:
            self.call("finish")
        except (RuntimeError, OSError) as error:
            print(f"bench-engine: {error}", file=sys.stderr)
        self._pipe.close()


def _reap(contender, pipe):
    """The reaper: starts the worker, then collects whatever is orphaned below it. Never returns."""
    os.setsid()  # Ctrl-C is for the benchmark; it ends the contenders in order
    host.become_subreaper()
    worker = os.fork()
    if worker == 0:
        _work(contender, pipe)
    pipe.close()
    while True:
        try:
            os.wait()
        except ChildProcessError:
            os._exit(0)


def _work(contender, pipe):
    """The worker: answers calls until the pipe ends. Never returns."""
    started = False
    while True:
        try:
            method, arguments = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        try:
            if not started:
                started = True
                os.makedirs(contender.directory, exist_ok=True)
                contender.isolate()
                contender.prepare()
            if method == "_ready":
                result = None
            elif method == "_own_cpu":
                result = time.process_time()
            elif method == "_timed":
                begin = time.monotonic()
                getattr(contender, arguments[0])(*arguments[1:])
                result = time.monotonic() - begin
            else:
                result = getattr(contender, method)(*arguments)
            pipe.send((False, result))
        except (RuntimeError, OSError) as error:
            pipe.send((True, str(error)))
        except Exception:  # a mistake of ours: the benchmark must see it, not hang
            pipe.send((True, traceback.format_exc()))
