"""The few kernel calls the benchmark makes itself, by ctypes: namespaces, mounts, waiting for processes."""

import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import time

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWNET = 0x40000000
MS_REC = 0x4000
MS_BIND = 0x1000
MS_SLAVE = 1 << 19
MNT_DETACH = 2
PR_SET_CHILD_SUBREAPER = 36


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags):
    _check(_libc.unshare(flags), "unshare")


def setns(descriptor, kind):
    _check(_libc.setns(descriptor, kind), "setns")


def mount(source, target, kind=None, flags=0, data=None):
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    result = _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3])
    _check(result, f"mount {target}")


def unmount(target, flags=0):
    _check(_libc.umount2(os.fsencode(target), flags), f"unmount {target}")


def become_subreaper():
    _check(_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")


def loopback_up():
    """Brings `lo` up in the network namespace of the caller."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sH14x", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(probe, 0x8914, request)  # SIOCSIFFLAGS


def pin_network_namespace(path):
    """Makes a network namespace with `lo` up, kept alive by a bind mount on `path`."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        with open(path, "x"):
            pass
        unshare(CLONE_NEWNET)
        try:
            loopback_up()
            mount("/proc/thread-self/ns/net", path, flags=MS_BIND)
        finally:
            setns(own, CLONE_NEWNET)
    finally:
        os.close(own)


def release_network_namespace(path):
    unmount(path, MNT_DETACH)
    os.unlink(path)


def wait_for_exit(pid, seconds):
    """True once the process has exited (it may still be a zombie); False after `seconds`."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        waiter = select.poll()
        waiter.register(descriptor, select.POLLIN)
        return bool(waiter.poll(seconds * 1000))
    finally:
        os.close(descriptor)


def run(arguments, log, environment=None, seconds=120, output=None):
    """Runs a program to its end without polling; its standard error goes to the file `log`.

    Returns what it printed if `output` is true. Raises RuntimeError with the end of the log when it fails.
    """
    with open(log, "wb") as errors:
        child = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, env=environment, stderr=errors,
            stdout=subprocess.PIPE if output else subprocess.DEVNULL)
        text = b""
        if output:
            text = child.stdout.read()
            child.stdout.close()
        if not wait_for_exit(child.pid, seconds):
            child.kill()
            child.wait()
            raise RuntimeError(f"{' '.join(arguments)}: not done after {seconds} s")
        status = child.wait()
    if status != 0:
        with open(log, "rb") as errors:
            tail = errors.read().decode(errors="replace").strip()[-600:]
        raise RuntimeError(f"{' '.join(arguments)}: status {status}: {tail}")
    return text


def until(condition, seconds, what):
    """Waits for `condition`, outside of anything that is timed."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not so after {seconds} s")
        time.sleep(0.01)


def collect_children():
    """Waits for the contenders' reapers, whose last descendants have just been killed."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)
        except ChildProcessError:
            return
