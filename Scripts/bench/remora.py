"""We: the engine as `remora serve`, and the command line as its client."""

import json
import os
import signal
import subprocess

from . import host
from .contender import Contender


class Remora(Contender):
    name = "remora"
    copes_with_hybrid = True

    def __init__(self, bench, binary):
        super().__init__(bench)
        self.binary = binary
        self.root = os.path.join(self.directory, "root")
        self.run_root = os.path.join(self.directory, "run")
        self.remora = [binary, "--root", self.root, "--run-root", self.run_root]
        self.socket = os.path.join(self.run_root, "remora.sock")
        self.engine = None

    def prepare(self):
        self.start_engine()
        self._remora("image", "import", self.bench.rootfs, self.bench.image)

    def start_engine(self):
        with open(os.path.join(self.directory, "engine.log"), "ab") as log:
            self.engine = subprocess.Popen(
                [*self.remora, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        host.until(lambda: self._answers() or self._died(), 30, "the engine's start")

    def stop_engine(self):
        self.engine.send_signal(signal.SIGTERM)
        if not host.wait_for_exit(self.engine.pid, 30):
            self.engine.kill()
        self.engine.wait()
        self.engine = None

    def up(self, manifest):
        self._remora("up", "-d", "-f", manifest, "--timeout", "120s")

    def down(self, pod):
        self._remora("down", pod)

    def down_file(self, manifest):
        self._remora("down", "-f", manifest, seconds=300)

    def ps(self):
        self._remora("ps")

    def up_alone(self, manifest):
        """No engine runs: `up -d` has to leave one in the background."""
        self._remora("up", "-d", "-f", manifest, "--timeout", "60s")

    def forget_background_engine(self):
        """Ends the engine that `up -d` left."""
        for pid in self.bench.cgroup.processes(self.name) - {os.getpid()}:
            if self._is_engine(pid):
                os.kill(pid, signal.SIGTERM)
                host.wait_for_exit(pid, 30)

    def running(self, pod):
        status = self._status(pod)
        return sum("running" in c["state"] for c in status.get("containerStatuses", []))

    def count(self):
        """(pods that are ready with nothing restarted, pods)."""
        items = json.loads(self._remora("get", "pods", "-o", "json", output=True))["items"]
        return sum(_is_well(item["status"]) for item in items), len(items)

    def engine_memory(self):
        """Resident set of the engine in bytes."""
        with open(f"/proc/{self.engine.pid}/status") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError("no VmRSS")

    def finish(self):
        if self.engine is None:
            self.start_engine()
        self._remora("down", "--all", "--grace-period", "1", "--ignore-not-found", seconds=300)
        self.stop_engine()

    def _answers(self):
        probe = subprocess.run(
            [*self.remora, "ps"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return probe.returncode == 0

    def _died(self):
        if self.engine.poll() is None:
            return False
        with open(os.path.join(self.directory, "engine.log"), errors="replace") as log:
            raise RuntimeError(f"the engine ended: {log.read().strip()[-600:]}")

    def _is_engine(self, pid):
        try:
            with open(f"/proc/{pid}/cmdline") as file:
                words = file.read().split("\0")
        except OSError:
            return False
        return words[0] in (self.binary, "/proc/self/exe") and "serve" in words

    def _status(self, pod):
        return json.loads(self._remora("get", "pods", pod, "-o", "json", output=True))["status"]

    def _remora(self, *arguments, seconds=150, output=None):
        return host.run([*self.remora, *arguments], self.log, seconds=seconds, output=output)


def _is_well(status):
    conditions = {c["type"]: c["status"] for c in status.get("conditions", [])}
    containers = status.get("containerStatuses", []) + status.get("initContainerStatuses", [])
    return conditions.get("Ready") == "True" and all(c["restartCount"] == 0 for c in containers)
