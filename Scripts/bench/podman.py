"""The peer: Debian's podman with `kube play`, set up so that it does its honest best on this machine."""

import os
import time

from . import host
from .contender import Contender

# The retry of podman 4.3.1 that is no part of its usual work: see Podman.down.
RETRY_SECONDS = 3.0
# libpod gives up on the monitor of a container that has ended after 20 s.
MONITOR_TIMEOUT = 19.0


class Podman(Contender):
    name = "podman"
    helpers = ("catatonit",)

    def prepare(self):
        for name in ("home", "networks", "cni", "tmp"):
            os.makedirs(os.path.join(self.directory, name))
        # What podman shares between all its storages: locks, runtime state, addresses given out.
        self.hide("/run", "/dev/shm")
        if os.path.isdir("/var/lib/cni"):
            host.mount(os.path.join(self.directory, "cni"), "/var/lib/cni", flags=host.MS_BIND)
        configuration = os.path.join(self.directory, "containers.conf")
        with open(configuration, "w") as file:
            # The default limits are beyond the hard limits of some machines; then crun fails.
            file.write('[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=9000:9000"]\n')
        self.environment = dict(
            os.environ, CONTAINERS_CONF=configuration, HOME=os.path.join(self.directory, "home"),
            TMPDIR=os.path.join(self.directory, "tmp"))
        # No --log-level=debug here: it also tells the clean-up of an ended container to log to syslog, which
        # fails where no syslog runs, and then every init container costs a time-out of 20 s.
        self.podman = [
            "podman", "--root", f"{self.directory}/storage", "--runroot", f"{self.directory}/run",
            "--tmpdir", f"{self.directory}/libpod", "--network-config-dir", f"{self.directory}/networks",
            "--storage-driver=overlay", "--cgroup-manager=cgroupfs", "--runtime=crun", "--events-backend=file",
        ]
        self._podman("import", self.bench.rootfs + ".tar", self.bench.image)

    def up(self, manifest):
        self._podman("kube", "play", manifest)

    def down(self, pod):
        """Two commands instead of `kube down`, which on cgroup v1 nearly always loses 3 s.

        `kube down` holds the lock that the clean-up process of each container waits for while it tries for 3 s to
        remove the group that this process is in. Stopped first, the clean-up is done when the group is removed.
        """
        self._podman("pod", "stop", "--time=0", pod)
        self._podman("pod", "rm", pod)

    def kube_down(self, manifest):
        self._podman("kube", "down", manifest)

    def running(self, pod):
        text = self._podman("ps", "--filter", f"pod={pod}", "--format", "{{.Names}} {{.Status}}", output=True)
        lines = [line for line in text.decode().splitlines() if "infra" not in line]
        return sum(" Up " in line for line in lines)

    def remove_all(self):
        """Not timed: stop everything at once, then remove it."""
        self._podman("pod", "stop", "--all", "--time=0", seconds=600)
        time.sleep(1)
        self._podman("pod", "rm", "--force", "--all", seconds=600)

    def finish(self):
        self.remove_all()

    def _podman(self, *arguments, seconds=120, output=None):
        return host.run(
            [*self.podman, *arguments], self.log, self.environment, seconds=seconds, output=output)
