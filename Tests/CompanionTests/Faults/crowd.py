"""Many connections that stay, and traffic among them; usage: crowd.py PROXY COUNT ADMIN"""

import re
import select
import socket
import sys
import time
import urllib.request

from peer import ask, check, connect, end

proxy, count, admin = map(int, sys.argv[1:4])
REQUEST = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"


def metric(pattern):
    page = urllib.request.urlopen("http://127.0.0.1:%d/metrics" % admin, timeout=5).read().decode()
    found = re.search(pattern, page, re.M)
    return int(found.group(1)) if found else 0


def resident():
    return metric(r"^companion_resident_memory_bytes (\d+)") / 1024 / 1024


before = resident()
crowd = []
start = time.monotonic()
while len(crowd) < count:
    batch = []
    for _ in range(min(500, count - len(crowd))):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", proxy))
        batch.append(connection)
    poller = select.epoll()
    waiting = {connection.fileno(): connection for connection in batch}
    for number in waiting:
        poller.register(number, select.EPOLLOUT)
    sent = set()
    deadline = time.monotonic() + 10
    while waiting and time.monotonic() < deadline:
        for number, event in poller.poll(1):
            if number not in sent:
                sent.add(number)
                waiting[number].send(REQUEST)
                poller.modify(number, select.EPOLLIN)
            else:
                answer = waiting[number].recv(4096)
                check(answer.startswith(b"HTTP/1.1 200"), "an answer is %r" % answer[:60])
                poller.unregister(number)
                del waiting[number]
    check(not waiting, "%d connections got no answer" % len(waiting))
    poller.close()
    crowd += batch
opened = time.monotonic() - start
idle = resident()
slowest = 0.0
kept = [connect(proxy) for _ in range(8)]
for _ in range(50):
    for connection in kept:
        begin = time.monotonic()
        line, _, _ = ask(connection)
        check(line.endswith(b"200 OK"), "an answer is %r" % line)
        slowest = max(slowest, time.monotonic() - begin)
# All of them are still good.
for connection in crowd[:: max(1, count // 200)]:
    connection.setblocking(True)
    connection.settimeout(5)
    line, _, _ = ask(connection)
    check(line.endswith(b"200 OK"), "an old connection got %r" % line)
check(slowest < 1, "a request took %.2f s" % slowest)
per = (idle - before) * 1024 / count
check(per < 16, "a connection takes %.1f KiB" % per)
print(
    "%d connections: opened in %.1f s, %.1f MiB before, %.1f MiB with them (%.2f KiB each), "
    "slowest request among them %.1f ms" % (count, opened, before, idle, per, slowest * 1000)
)
end()
