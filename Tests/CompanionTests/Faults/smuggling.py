"""Sends the published ways to smuggle a request; usage: smuggling.py PROXY HOST"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from peer import Recorder, check, connect, end, read_all, wrong

proxy, host = int(sys.argv[1]), int(sys.argv[2])
recorder = Recorder(host)

EVIL = b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"
POST = b"POST /first HTTP/1.1\r\nHost: a.test\r\n"
HIDDEN = b"0\r\n\r\n" + EVIL


def te(line):
    """A request whose coding is written in some odd way, with a length that another reader sees."""
    return POST + b"Content-Length: %d\r\n" % len(HIDDEN) + line + b"\r\n\r\n" + HIDDEN


# What must be refused with a 4xx or 501, the connection closed after it.
refused = {
    "CL.TE": POST
    + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(HIDDEN)
    + HIDDEN,
    "TE.CL": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    % (len(EVIL), EVIL),
    "CL.CL differing": POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + EVIL,
    "CL.CL same": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" + EVIL,
    "CL list": POST + b"Content-Length: 0, 44\r\n\r\n" + EVIL,
    "CL list same": POST + b"Content-Length: 3, 3\r\n\r\nabc" + EVIL,
    "CL plus": POST + b"Content-Length: +44\r\n\r\n" + EVIL,
    "CL minus": POST + b"Content-Length: -1\r\n\r\n" + EVIL,
    "CL hex": POST + b"Content-Length: 0x2c\r\n\r\n" + EVIL,
    "CL space inside": POST + b"Content-Length: 4 4\r\n\r\n" + EVIL,
    "CL underscore": POST + b"Content-Length: 4_4\r\n\r\n" + EVIL,
    "CL overflow": POST + b"Content-Length: 18446744073709551660\r\n\r\n" + EVIL,
    "CL empty": POST + b"Content-Length:\r\n\r\n" + EVIL,
    "CL exponent": POST + b"Content-Length: 4e1\r\n\r\n" + EVIL,
    "CL null": POST + b"Content-Length: 44\0\r\n\r\n" + EVIL,
    "CL vertical tab": POST + b"Content-Length: \x0b44\r\n\r\n" + EVIL,
    "TE xchunked": te(b"Transfer-Encoding: xchunked"),
    "TE space before colon": te(b"Transfer-Encoding : chunked"),
    "TE tab": te(b"Transfer-Encoding:\tchunked"),
    "TE twice": te(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x"),
    "TE twice identity": te(b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
    "TE leading space": te(b" Transfer-Encoding: chunked"),
    "TE folded": te(b"X: X\r\n Transfer-Encoding: chunked"),
    "TE folded value": te(b"Transfer-Encoding:\r\n chunked"),
    "TE line feed": te(b"X: X\nTransfer-Encoding: chunked"),
    "TE carriage return": te(b"X: X\rTransfer-Encoding: chunked"),
    "TE quoted": te(b'Transfer-Encoding: "chunked"'),
    "TE list": te(b"Transfer-Encoding: gzip, chunked"),
    "TE list chunked first": te(b"Transfer-Encoding: chunked, identity"),
    "TE twice in a list": te(b"Transfer-Encoding: chunked, chunked"),
    "TE comma": te(b"Transfer-Encoding: chunked,"),
    "TE semicolon": te(b"Transfer-Encoding: chunked;q=1"),
    "TE vertical tab": te(b"Transfer-Encoding: \x0bchunked"),
    "TE form feed": te(b"Transfer-Encoding:\x0cchunked"),
    "TE null": te(b"Transfer-Encoding: chunked\0"),
    "TE null in name": te(b"Transfer-Encoding\0: chunked"),
    "TE high": te(b"Transfer-Encoding: chunked\xff"),
    "TE soft hyphen": te(b"Transfer\xadEncoding: chunked"),
    "TE empty": te(b"Transfer-Encoding:"),
    "TE HTTP/1.0": b"POST /first HTTP/1.0\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    + HIDDEN,
    "no colon": POST + b"Transfer-Encoding chunked\r\n\r\n" + HIDDEN,
    "no name": POST + b": chunked\r\n\r\n" + HIDDEN,
    "bare line feeds": b"GET /first HTTP/1.1\nHost: a.test\n\n" + EVIL,
    "line feed ends head": b"POST /first HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\nabc" + EVIL,
    "carriage return in target": b"GET /\r HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "null in target": b"GET /\0 HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "space in target": b"GET / x HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "host list": b"GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n",
    "host with a path": b"GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n",
    "host with a user": b"GET / HTTP/1.1\r\nHost: b.test@a.test\r\n\r\n",
    "host and absolute host": b"GET http://a.test/ HTTP/1.1\r\nHost: b.test\r\nHost: a.test\r\n\r\n",
    "version 0.9": b"GET /\r\n\r\n",
    "version 1.2 spelled": b"GET / HTTP/1.1x\r\nHost: a.test\r\n\r\n",
    "version 9": b"GET / HTTP/9.9\r\nHost: a.test\r\n\r\n",
    "version lower": b"GET / http/1.1\r\nHost: a.test\r\n\r\n",
    "method space": b"GE T / HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "method colon": b"GET: / HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "space before method": b" GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "chunk size sign": POST + b"Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
    "chunk size 0x": POST + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "chunk size overflow": POST
    + b"Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n",
    "chunk size empty": POST + b"Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n",
    "chunk size space": POST + b"Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n",
    "chunk without end": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n",
    "chunk ends in line feed": POST + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
    "chunk extension with line feed": POST
    + b"Transfer-Encoding: chunked\r\n\r\n3;x\nabc\r\n0\r\n\r\n" + EVIL,
    "chunk extension with carriage return": POST
    + b"Transfer-Encoding: chunked\r\n\r\n3;x\rabc\r\n0\r\n\r\n" + EVIL,
    "chunk extension is a bomb": POST
    + b"Transfer-Encoding: chunked\r\n\r\n3;" + b"x" * 100_000 + b"\r\nabc\r\n0\r\n\r\n",
    "bare carriage return ends a chunk": POST
    + b"Transfer-Encoding: chunked\r\n\r\n3\rabc\r0\r\r" + EVIL,
    "trailer with space": POST
    + b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length : 5\r\n\r\n" + EVIL,
    "trailer folded": POST
    + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n b\r\n\r\n" + EVIL,
    "CONNECT with a body": b"CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\nContent-Length: 44\r\n\r\n"
    + EVIL,
}

# What is right, if odd: so many answers, and the host sees these targets and no others.
taken = {
    "CL.0": (POST + b"Content-Length: %d\r\n\r\n" % len(EVIL) + EVIL, [b"/first"]),
    "GET with a body": (
        b"GET /first HTTP/1.1\r\nHost: a.test\r\nContent-Length: %d\r\n\r\n" % len(EVIL) + EVIL,
        [b"/first"],
    ),
    "chunked": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(EVIL), EVIL),
        [b"/first"],
    ),
    "chunked in capitals": (
        POST + b"tRANSFER-eNCODING: CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n", [b"/first"],
    ),
    "trailers": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length: 99\r\nHost: x\r\n\r\n",
        [b"/first"],
    ),
    "zeros before the size": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n0003\r\nabc\r\n0\r\n\r\n", [b"/first"],
    ),
    "pipelined": (
        b"GET /first HTTP/1.1\r\nHost: a.test\r\n\r\nGET /second HTTP/1.1\r\nHost: a.test\r\n\r\n",
        [b"/first", b"/second"],
    ),
    "absolute form": (b"GET http://a.test/first HTTP/1.1\r\nHost: b.test\r\n\r\n", [b"/first"]),
    "connection lists the length": (
        POST + b"Connection: content-length, transfer-encoding\r\nContent-Length: %d\r\n\r\n" % len(EVIL)
        + EVIL,
        [b"/first"],
    ),
    "lines before the request": (b"\r\nGET /first HTTP/1.1\r\nHost: a.test\r\n\r\n", [b"/first"]),
    "upgrade that nobody takes": (
        b"GET /first HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
        [b"/first"],
    ),
}




def send(payload):
    connection = connect(proxy)
    try:
        connection.sendall(payload)
        return read_all(connection, 1.5)
    except OSError:
        return read_all(connection, 0.1)
    finally:
        connection.close()


def refuse(item):
    name, payload = item
    answer, ending = send(payload)
    status = answer[9:12]
    check(status[:1] == b"4" or status == b"501" or status == b"505",
          "%s: the answer is %r" % (name, answer[:80]))
    check(answer.count(b"HTTP/1.1 ") == 1, "%s: there is more than one answer" % name)
    check(ending != "timeout", "%s: the connection is not closed" % name)


def take(item):
    name, (payload, targets) = item
    count = len(targets)
    connection = connect(proxy)
    connection.sendall(payload)
    answer, _ = read_all(connection, 0.5)
    connection.close()
    check(answer.count(b"HTTP/1.1 200") == count and answer.count(b"HTTP/1.1 ") == count,
          "%s: the answer is %r" % (name, answer[:200]))


with ThreadPoolExecutor(32) as pool:
    list(pool.map(refuse, refused.items()))
with ThreadPoolExecutor(16) as pool:
    before = len(recorder.requests)
    list(pool.map(take, taken.items()))
time.sleep(0.1)
wanted = sorted(target for _, targets in taken.values() for target in targets)
seen = sorted(line.split(b" ")[1] for line, _, _ in recorder.requests[before:])
check(seen == wanted, "the host saw %r" % seen)
for line, fields, _ in recorder.requests:
    check(b"smuggled" not in line, "the host was asked for %r" % line)
    check(line.split(b" ")[0] in (b"GET", b"POST"), "the host got the method of %r" % line)
    names = [name for name, _ in fields]
    check(names.count(b"host") == 1, "the host got %d host fields with %r" % (names.count(b"host"), line))
    if line.startswith(b"GET /first") and (b"host", b"b.test") in fields:
        wrong("the host of an absolute target is not the one of the target")
# Of what is refused no more than the head may have reached the host, and that only where the body was
# wrong.
for line, _, _ in recorder.requests[:before]:
    check(line.startswith(b"POST /first"), "the host was asked for %r" % line)
end()
