"""More clients than descriptors; usage: descriptors.py PROXY HOST PID ADMIN"""

import re
import sys
import time
import urllib.request

from peer import Reader, Recorder, ask, check, connect, end

proxy, host, pid, admin = map(int, sys.argv[1:5])
Recorder(host)


def cpu():
    words = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / 100


def metrics():
    return urllib.request.urlopen("http://127.0.0.1:%d/metrics" % admin, timeout=5).read().decode()


first = [connect(proxy) for _ in range(10)]
readers = [Reader(connection) for connection in first]
for connection, reader in zip(first, readers):
    ask(connection, "/", reader)
crowd = [connect(proxy) for _ in range(200)]
time.sleep(0.2)
before = cpu()
start = time.monotonic()
while time.monotonic() < start + 1:
    # Those that were there are served, and so is the admin.
    for connection, reader in zip(first, readers):
        line, _, _ = ask(connection, "/", reader)
        check(line.endswith(b"200 OK"), "an old connection got %r" % line)
    time.sleep(0.1)
used = cpu() - before
check(used < 0.3, "%.2f s of CPU were used in a second of waiting" % used)
page = metrics()
pauses = sum(map(int, re.findall(r"downstream_cx_accept_pauses\S* (\d+)", page)))
check(pauses > 0, "no metric tells that connections wait")
for connection in crowd:
    connection.close()
# Those that waited are taken once others are gone.
start = time.monotonic()
late = connect(proxy)
line, _, _ = ask(late)
check(line.endswith(b"200 OK"), "afterwards the answer is %r" % line)
check(time.monotonic() < start + 2, "afterwards it takes %.1f s" % (time.monotonic() - start))
end()
