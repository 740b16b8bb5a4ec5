"""A host that misbehaves in every way; usage: upstream.py PROXY HOST

The proxy waits 1 s for an answer and tries nothing twice.
"""

import re
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from peer import Reader, ask, check, connect, cut, end, read_all, wrong

proxy, host = int(sys.argv[1]), int(sys.argv[2])
POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
released = threading.Event()


def misbehave(path, connection):
    """Does what the path says; true if the connection goes on."""
    say = connection.sendall
    if path == "ok":
        say(OK)
        return True
    if path == "hang":
        released.wait(20)
    elif path == "hang-body":
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        released.wait(20)
    elif path == "reset":
        cut(connection)
    elif path == "reset-body":
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        time.sleep(0.05)
        cut(connection)
    elif path == "reset-chunk":
        say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
        time.sleep(0.05)
        cut(connection)
    elif path == "close":
        pass
    elif path == "half-head":
        say(b"HTTP/1.1 200 OK\r\nContent-Le")
    elif path == "short":
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    elif path == "short-chunks":
        say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    elif path == "long":
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + POISON)
        return True
    elif path == "long-later":
        say(OK)
        time.sleep(0.05)
        say(POISON)
        return True
    elif path == "no-content-with-body":
        say(b"HTTP/1.1 204 No Content\r\nContent-Length: %d\r\n\r\n" % len(POISON) + POISON)
        return True
    elif path == "not-modified-with-body":
        say(b"HTTP/1.1 304 Not Modified\r\nContent-Length: %d\r\n\r\n" % len(POISON) + POISON)
        return True
    elif path == "garbage":
        say(b"SSH-2.0-OpenSSH_9.2\r\n")
    elif path == "garbage-long":
        try:
            for _ in range(200):
                say(bytes(range(256)) * 64)
        except OSError:
            pass
    elif path == "tls":
        say(b"\x15\x03\x01\x00\x02\x02\x28")
    elif path == "no-status":
        say(b"HTTP/1.1 \r\nContent-Length: 2\r\n\r\nok")
    elif path == "status-99":
        say(b"HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok")
    elif path == "status-1000":
        say(b"HTTP/1.1 1000 Odd\r\nContent-Length: 2\r\n\r\nok")
    elif path == "version-2":
        say(b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
    elif path == "null":
        say(b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok")
    elif path == "return":
        say(b"HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 2\r\n\r\nok")
    elif path == "space-colon":
        say(b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok")
    elif path == "two-lengths":
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok")
    elif path == "huge-head":
        try:
            say(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n")
        except OSError:
            pass
    elif path == "head-without-end":
        try:
            say(b"HTTP/1.1 200 OK\r\n")
            for _ in range(2000):
                say(b"X: y\r\n" * 100)
        except OSError:
            pass
    elif path == "bad-chunk":
        say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")
        released.wait(2)
    elif path == "flood":
        try:
            for _ in range(3000):
                say(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 10)
            say(OK)
        except OSError:
            pass
    elif path == "hints":
        say(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        say(OK)
        return True
    elif path == "switch":
        say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + POISON)
        released.wait(2)
    elif path == "trickle":
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
        for _ in range(20):
            say(b"x")
            time.sleep(0.02)
        return True
    elif path == "trickle-head":
        for byte in OK:
            say(bytes([byte]))
            time.sleep(0.005)
        return True
    elif path == "both":
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
    return False


def serve(connection):
    reader = Reader(connection)
    try:
        while True:
            line, _, _ = reader.message()
            path = line.split(b" ")[1].decode().lstrip("/").split("?")[0]
            if not misbehave(path, connection):
                break
    except (EOFError, OSError, ValueError):
        pass
    connection.close()


listener = socket.create_server(("127.0.0.1", host), backlog=512)


def listen():
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


threading.Thread(target=listen, daemon=True).start()

GATEWAY = (b"502", b"503", b"504")
# What the client sees: a status of these, and whether the body is whole.
cases = {
    "hang": ((b"504",), True), "hang-body": ((b"200",), False),
    "reset": (GATEWAY, True), "reset-body": ((b"200",), False), "reset-chunk": ((b"200",), False),
    "close": (GATEWAY, True), "half-head": (GATEWAY, True),
    "short": ((b"200",), False), "short-chunks": ((b"200",), False), "bad-chunk": ((b"200",), False),
    "long": ((b"200",), True), "both": ((b"200",) + GATEWAY, True),
    "no-content-with-body": ((b"204",), True), "not-modified-with-body": ((b"304",), True),
    "garbage": (GATEWAY, True), "garbage-long": (GATEWAY, True), "tls": (GATEWAY, True),
    "no-status": (GATEWAY, True), "status-99": (GATEWAY, True), "status-1000": (GATEWAY, True),
    "version-2": (GATEWAY, True), "null": (GATEWAY, True), "return": (GATEWAY, True),
    # A blank before the colon is to be taken away (RFC 9112, section 5.1).
    "space-colon": ((b"200",) + GATEWAY, True), "two-lengths": (GATEWAY, True), "huge-head": (GATEWAY, True),
    "head-without-end": (GATEWAY, True), "switch": (GATEWAY, True),
    "hints": ((b"200",), True), "trickle": ((b"200",), True), "trickle-head": ((b"200",), True),
    "flood": ((b"200",) + GATEWAY, True),
}


def run(item):
    path, (statuses, whole) = item
    connection = connect(proxy)
    connection.settimeout(5)
    connection.sendall(b"GET /%s HTTP/1.1\r\nHost: a.test\r\n\r\n" % path.encode())
    reader = Reader(connection)
    try:
        line, fields, body = reader.message()
        while line.split(b" ")[1].startswith(b"1"):
            line, fields, body = reader.message()
        status = line.split(b" ")[1]
        check(status in statuses, "%s: the answer is %r" % (path, line))
        check(whole, "%s: a part is passed off as the whole: %r" % (path, body))
        check(b"poison" not in body, "%s: the client got what was not its answer" % path)
        names = [name for name, _ in fields]
        check(b"set-cookie" not in names, "%s: a field was made of another" % path)
        # The next request of this client, and others, get their own answers.
        if (b"connection", b"close") not in fields:
            for _ in range(3):
                line, _, body = ask(connection, "/ok", reader)
                check(body == b"ok", "%s: the next answer is %r %r" % (path, line, body))
    except (EOFError, ConnectionError):
        check(not whole, "%s: the answer is cut" % path)
    except TimeoutError:
        wrong("%s: nothing comes any more" % path)
    except ValueError as error:
        # A body that is not whole must not look whole, however it ends.
        check(not whole, "%s: %s" % (path, error))
    connection.close()


with ThreadPoolExecutor(16) as pool:
    list(pool.map(run, cases.items()))
released.set()
for _ in range(20):
    line, _, body = ask(connect(proxy), "/ok")
    check(body == b"ok", "afterwards the answer is %r %r" % (line, body))

# Bytes that come when nobody has asked belong to nobody.
connection = connect(proxy)
reader = Reader(connection)
line, _, body = ask(connection, "/long-later", reader)
check(body == b"ok", "long-later: the answer is %r %r" % (line, body))
time.sleep(0.2)
for _ in range(5):
    line, _, body = ask(connection, "/ok", reader)
    check(body == b"ok", "long-later: the next answer is %r %r" % (line, body))
# An answer to HEAD has no body, whatever the host sends after it.
connection = connect(proxy)
connection.sendall(b"HEAD /long HTTP/1.1\r\nHost: a.test\r\n\r\n")
answer, _ = read_all(connection, 0.3)
check(answer.count(b"HTTP/1.1") == 1 and b"poison" not in answer, "HEAD: %r" % answer)
connection.close()
# A body that is sent although the host hung up at once.
connection = connect(proxy)
connection.sendall(b"POST /reset HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n1234567890")
answer, _ = read_all(connection, 1.5)
check(re.match(rb"HTTP/1.1 50[234]", answer) is not None, "POST: %r" % answer[:60])
end()
