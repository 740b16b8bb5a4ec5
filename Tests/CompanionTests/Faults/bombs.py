"""Heads and bodies without end; usage: bombs.py PROXY HOST ADMIN"""

import re
import socket
import sys
import threading
import time
import urllib.request

from peer import Reader, ask, check, connect, end, read_all

proxy, host, admin = map(int, sys.argv[1:4])
peak = 0


def resident():
    page = urllib.request.urlopen("http://127.0.0.1:%d/metrics" % admin, timeout=5).read().decode()
    return int(re.search(r"^companion_resident_memory_bytes (\d+)", page, re.M).group(1)) >> 20


def serve(connection):
    """Reads nothing of `/deaf`, and answers `/endless` without end."""
    reader = Reader(connection)
    try:
        while True:
            head = reader.until(b"\r\n\r\n")
            if b" /deaf" in head:
                time.sleep(30)
                return
            if b" /endless" in head:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
                while True:
                    connection.sendall(b"x" * 65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    except (OSError, EOFError, ValueError):
        pass
    finally:
        connection.close()


def listen():
    listener = socket.create_server(("127.0.0.1", host), backlog=512)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


threading.Thread(target=listen, daemon=True).start()
base = resident()


def refused(name, pieces, wanted):
    connection = connect(proxy)
    try:
        for piece in pieces:
            connection.sendall(piece)
    except OSError:
        pass
    answer, ending = read_all(connection, 3)
    connection.close()
    # A reset may overtake the answer where the rest was never read.
    check(answer[9:12] in wanted or (not answer and ending == "reset"),
          "%s: the answer is %r" % (name, answer[:60]))
    check(ending != "timeout", "%s: the connection is still open" % name)


line = b"GET / HTTP/1.1\r\nHost: a.test\r\n"
refused("a field without end", [line + b"X: "] + [b"x" * 65536] * 64, (b"431", b"400"))
refused("a target without end", [b"GET /"] + [b"x" * 65536] * 64, (b"431", b"414", b"400"))
refused("a method without end", [b"x" * 65536] * 64, (b"431", b"414", b"400", b"501"))
refused("fields without end", [line] + [b"X: y\r\n" * 1000] * 20, (b"431", b"400"))
refused("empty lines without end", [b"\r\n" * 30000] * 20, (b"431", b"414", b"400"))
chunked = b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
refused("trailers without end", [chunked + b"0\r\n"] + [b"X: y\r\n" * 1000] * 50,
        (b"431", b"400", b"200"))
refused("an extension without end", [chunked + b"1;"] + [b"x" * 65536] * 64, (b"400", b"200", b"431"))
refused("zeros without end", [chunked] + [b"0" * 65536] * 64, (b"400", b"200", b"431"))

# Bodies that nobody takes: the client is not read any more, and memory stays.
stuck = []
for path, count in ((b"/deaf", 8), (b"/endless", 8)):
    for _ in range(count):
        connection = connect(proxy)
        if path == b"/deaf":
            connection.sendall(b"POST /deaf HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
        else:
            connection.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        stuck.append((connection, path))


def pour(connection):
    connection.settimeout(0.3)
    sent = 0
    try:
        while sent < 200 << 20:
            sent += connection.send(b"x" * 65536)
    except OSError:
        pass
    return sent


for connection, path in stuck:
    if path == b"/deaf":
        check(pour(connection) < 64 << 20, "a body that the host does not read is taken whole")
# Requests without end, whose answers nobody reads.
flood = connect(proxy)
flood.settimeout(0.3)
try:
    for _ in range(2000):
        flood.send(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n" * 100)
except OSError:
    pass
time.sleep(0.3)
peak = resident()
check(peak < base + 48, "memory grew from %d to %d MiB" % (base, peak))
line, _, _ = ask(connect(proxy))
check(line.endswith(b"200 OK"), "afterwards a client got %r" % line)
print("memory: %d MiB before, %d MiB with everything stuck" % (base, peak), file=sys.stderr)
end()
