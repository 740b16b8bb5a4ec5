"""Clients that dribble; usage: slow.py PROXY HOST. Heads may take 1 s, whole requests 2 s."""

import sys
import threading
import time

from peer import Recorder, ask, check, connect, end, read_all

proxy, host = int(sys.argv[1]), int(sys.argv[2])
Recorder(host)
start = time.monotonic()
endings = []


def dribble(first, rest, limit):
    connection = connect(proxy)
    connection.sendall(first)
    connection.settimeout(0.05)
    answer, ending = b"", "timeout"
    for byte in rest:
        if time.monotonic() > start + limit + 3:
            break
        try:
            connection.sendall(bytes([byte]))
            piece = connection.recv(4096)
            if not piece:
                ending = "end"
                break
            answer += piece
        except TimeoutError:
            continue
        except OSError:
            ending = "reset"
            break
    taken = time.monotonic() - start
    endings.append((limit, taken, ending, answer))
    connection.close()


head = b"GET / HTTP/1.1\r\nHost: a.test\r\nX: "
body = b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n"
threads = [threading.Thread(target=dribble, args=(head, b"x" * 1000, 1)) for _ in range(100)]
threads += [threading.Thread(target=dribble, args=(body, b"x" * 1000, 2)) for _ in range(30)]
# Some never say anything but one byte.
silent = [connect(proxy) for _ in range(50)]
for connection in silent:
    connection.sendall(b"G")
for thread in threads:
    thread.start()

slowest = 0.0
kept = connect(proxy)
while time.monotonic() < start + 2.2:
    before = time.monotonic()
    line, _, _ = ask(kept)
    slowest = max(slowest, time.monotonic() - before)
    check(line.endswith(b"200 OK"), "another client got %r" % line)
    time.sleep(0.01)
for thread in threads:
    thread.join()
check(slowest < 1.0, "another client waited %.2f s" % slowest)
for limit, taken, ending, answer in endings:
    check(ending != "timeout", "a slow client is still there after %.1f s" % taken)
    check(answer[9:12] in (b"408", b""), "a slow client got %r" % answer[:60])
    check(taken < limit + 1.5, "a slow client was cut after %.1f s, not %d" % (taken, limit))
for connection in silent:
    _, ending = read_all(connection, 1.0)
    check(ending != "timeout", "a client that says nothing is still there")
end()
