"""Ways to smuggle a request through HTTP/2 into HTTP/1; usage: smuggling2.py PROXY HOST"""

import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from peer import Recorder, check, connect, end, read_all

proxy, host = int(sys.argv[1]), int(sys.argv[2])
recorder = Recorder(host)

EVIL = b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"
DATA, HEADERS, RST, SETTINGS, GOAWAY, CONTINUATION = 0, 1, 3, 4, 7, 9


def number(value, bits):
    """An integer of HPACK without the bits before it."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([value])
    found = bytes([most])
    value -= most
    while value >= 128:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])


def literal(name, value):
    return b"\0" + number(len(name), 7) + name + number(len(value), 7) + value


def frame(kind, flags, stream, body):
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body


def head(fields=(), method=b"POST", path=b"/first", scheme=b"http", authority=b"a.test", more=()):
    pairs = [(b":method", method), (b":path", path), (b":scheme", scheme), (b":authority", authority)]
    pairs = [pair for pair in pairs if pair[1] is not None] + list(more) + list(fields)
    return b"".join(literal(name, value) for name, value in pairs)


def send(block, body=b""):
    """One request on a connection; the frames that come back, by kind."""
    connection = connect(proxy)
    bytes_out = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, b"")
    bytes_out += frame(HEADERS, 4 if body else 5, 1, block)
    if body:
        bytes_out += frame(DATA, 1, 1, body)
    try:
        connection.sendall(bytes_out)
    except OSError:
        pass
    data, _ = read_all(connection, 0.7)
    connection.close()
    kinds = {}
    while len(data) >= 9:
        length = struct.unpack(">I", b"\0" + data[:3])[0]
        stream = struct.unpack(">I", data[5:9])[0]
        if stream or data[3] == GOAWAY:
            kinds.setdefault(data[3], data[9 : 9 + length])
        data = data[9 + length :]
    return kinds


# What must not be answered with 200, nor reach the host as more than a part.
refused = {
    "length too short": (head([(b"content-length", b"0")]), EVIL),
    "length too long": (head([(b"content-length", b"400")]), EVIL),
    "two lengths": (head([(b"content-length", b"41"), (b"content-length", b"0")]), EVIL),
    "length is no number": (head([(b"content-length", b"+41")]), EVIL),
    "chunked": (head([(b"transfer-encoding", b"chunked")]), b"0\r\n\r\n" + EVIL),
    "chunked in disguise": (head([(b"transfer-encoding", b"chunked, identity")]), b"0\r\n\r\n" + EVIL),
    "field with lines": (head([(b"x", b"a\r\ntransfer-encoding: chunked")]), b"0\r\n\r\n" + EVIL),
    "field with a line feed": (head([(b"x", b"a\ntransfer-encoding: chunked")]), b"0\r\n\r\n" + EVIL),
    "field with a return": (head([(b"x", b"a\rb")]), b""),
    "field with null": (head([(b"x", b"a\0b")]), b""),
    "field with a request": (head([(b"x", b"a\r\n\r\n" + EVIL)]), b""),
    "name with lines": (head([(b"x: a\r\ntransfer-encoding", b"chunked")]), b"0\r\n\r\n" + EVIL),
    "name with a colon": (head([(b"transfer-encoding:chunked", b"x")]), b""),
    "name with a blank": (head([(b"transfer-encoding ", b"chunked")]), b""),
    "name in capitals": (head([(b"Transfer-Encoding", b"chunked")]), b""),
    "empty name": (head([(b"", b"x")]), b""),
    "connection": (head([(b"connection", b"keep-alive")]), b""),
    "keep-alive": (head([(b"keep-alive", b"1")]), b""),
    "proxy-connection": (head([(b"proxy-connection", b"close")]), b""),
    "upgrade": (head([(b"upgrade", b"h2c")]), b""),
    "te": (head([(b"te", b"chunked")]), b""),
    "path with a request": (head(path=b"/first HTTP/1.1\r\nHost: a.test\r\n\r\nGET /smuggled"), b""),
    "path with a blank": (head(path=b"/first HTTP/1.1"), b""),
    "path with a tab": (head(path=b"/first\tx"), b""),
    "path without a slash": (head(path=b"first"), b""),
    "path of another host": (head(path=b"http://b.test/first"), b""),
    "empty path": (head(path=b""), b""),
    "no path": (head(path=None), b""),
    "method with a request": (head(method=b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET"), b""),
    "method with a blank": (head(method=b"GET /smuggled"), b""),
    "empty method": (head(method=b""), b""),
    "no method": (head(method=None), b""),
    "authority with lines": (head(authority=b"a.test\r\ntransfer-encoding: chunked"), b"0\r\n\r\n" + EVIL),
    "authority with a blank": (head(authority=b"a.test x"), b""),
    "authority with a path": (head(authority=b"a.test/x"), b""),
    "authority with a user": (head(authority=b"b@a.test"), b""),
    "another host": (head([(b"host", b"b.test")]), b""),
    "two hosts": (head([(b"host", b"a.test"), (b"host", b"b.test")], authority=None), b""),
    "scheme with a request": (head(scheme=b"http://a.test/ HTTP/1.1\r\nx: y"), b""),
    "two paths": (head(more=[(b":path", b"/smuggled")]), b""),
    "two methods": (head(more=[(b":method", b"GET")]), b""),
    "late path": (head([(b"x", b"y"), (b":path", b"/smuggled")], path=None), b""),
    "unknown pseudo field": (head(more=[(b":status", b"200")]), b""),
}
taken = {
    "plain": (head(method=b"GET"), b""),
    "body": (head(), EVIL),
    "body and length": (head([(b"content-length", b"%d" % len(EVIL))]), EVIL),
    "the same host": (head([(b"host", b"a.test")]), b""),
    "trailers wanted": (head([(b"te", b"trailers")]), b""),
}


def refuse(item):
    name, (block, body) = item
    kinds = send(block, body)
    check(RST in kinds or GOAWAY in kinds or HEADERS in kinds, "%s: nothing comes back" % name)
    # 0x88 is `:status: 200` of the static table.
    check(kinds.get(HEADERS, b"")[:1] != b"\x88", "%s: it is answered" % name)


def take(item):
    name, (block, body) = item
    kinds = send(block, body)
    check(kinds.get(HEADERS, b"")[:1] == b"\x88", "%s: the answer is %r" % (name, kinds))


with ThreadPoolExecutor(24) as pool:
    list(pool.map(refuse, refused.items()))
time.sleep(0.1)
# Of a body that contradicts its length the head may have gone on before; what is too much never does.
for line, _, body in recorder.requests:
    check(line == b"POST /first HTTP/1.1" and not body, "the host got %r %r" % (line, body))
check(len(recorder.requests) <= 1, "the host got %r" % recorder.requests[:3])
recorder.requests.clear()
with ThreadPoolExecutor(8) as pool:
    list(pool.map(take, taken.items()))
check(len(recorder.requests) == len(taken), "the host got %d requests" % len(recorder.requests))
for line, fields, _ in recorder.requests:
    check(line.split(b" ")[1] == b"/first", "the host was asked for %r" % line)
    check([name for name, _ in fields].count(b"host") == 1, "the host got another host with %r" % line)
end()
