"""Clients that ask without pause; usage: load.py PROXY MODE SECONDS

`keep`: on connections that are kept; each request must be answered with 200 unless the connection was
closed before the request went out. `fresh`: on a new connection each. `both`. A `+` after the mode lets
connecting fail, because the proxy is being killed or started. Prints how many were asked.
"""

import socket
import sys
import threading
import time

from peer import Reader, ask, check, connect, end, lock, wrong

proxy, mode, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
lenient = mode.endswith("+")
mode = mode.rstrip("+")
deadline = time.monotonic() + seconds
asked = 0
refused = 0
over = threading.Event()


def count(number):
    global asked
    with lock:
        asked += number


def is_hung_up(connection):
    """Whether the end of the connection was there before the next request."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    finally:
        connection.setblocking(True)
        connection.settimeout(10)


def kept():
    global refused
    done = 0
    while time.monotonic() < deadline and not over.is_set():
        try:
            connection = connect(proxy)
        except OSError as error:
            with lock:
                refused += 1
            if not lenient:
                wrong("connecting: %s" % error)
                return
            time.sleep(0.01)
            continue
        reader = Reader(connection)
        try:
            while time.monotonic() < deadline:
                if is_hung_up(connection):
                    break
                line, fields, _ = ask(connection, "/", reader)
                done += 1
                check(line.endswith(b"200 OK"), "an answer is %r" % line)
                if (b"connection", b"close") in fields:
                    break
        except (OSError, EOFError) as error:
            if not lenient:
                wrong("a request on a kept connection was lost: %r" % error)
        connection.close()
    count(done)


def fresh():
    global refused
    done = 0
    while time.monotonic() < deadline and not over.is_set():
        try:
            connection = connect(proxy)
        except OSError as error:
            with lock:
                refused += 1
            if not lenient:
                wrong("connecting: %s" % error)
                return
            time.sleep(0.01)
            continue
        try:
            line, _, _ = ask(connection)
            check(line.endswith(b"200 OK"), "an answer is %r" % line)
            done += 1
        except (OSError, EOFError) as error:
            wrong("a request on a new connection was lost: %r" % error)
        connection.close()
    count(done)


jobs = []
if mode in ("keep", "both"):
    jobs += [kept] * 8
if mode in ("fresh", "both"):
    jobs += [fresh] * 4
threads = [threading.Thread(target=job) for job in jobs]
for thread in threads:
    thread.start()
print("ready", flush=True)
for thread in threads:
    thread.join()
print("asked %d, connections refused %d" % (asked, refused))
end()
