"""What RFC 9110 and RFC 9112 ask of a proxy; usage: http1.py NAME PORT HOST

NAME says whose known failures are expected: a case that fails and is not known ends the program with 1.
On HOST a host listens that does what `X-Do` says. Ways to smuggle requests are not here but in
Faults/smuggling.py, and hosts that break the protocol in Faults/upstream.py.
"""

import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import known

PATIENCE = 2.0


class Wrong(Exception):
    """What does not hold."""


class Message:
    def __init__(self, line, fields, body, trailers):
        self.line, self.fields, self.body, self.trailers = line, fields, body, trailers

    @property
    def status(self):
        return int(self.line.split(b" ")[1])

    def all(self, name):
        return [value for key, value in self.fields if key == name]

    def get(self, name):
        return b", ".join(self.all(name)) if self.all(name) else None

    def tokens(self, name):
        return [token.strip().lower() for value in self.all(name) for token in value.split(b",")]

    def __repr__(self):
        return "%r %r %r" % (self.line, self.fields, self.body[:50])


class Stream:
    """Messages of a connection, one after the other."""

    def __init__(self, connection):
        self.connection, self.data = connection, b""

    def more(self):
        piece = self.connection.recv(65536)
        if not piece:
            raise EOFError
        self.data += piece

    def until(self, mark):
        while mark not in self.data:
            self.more()
        found, self.data = self.data.split(mark, 1)
        return found

    def exactly(self, count):
        while len(self.data) < count:
            self.more()
        found, self.data = self.data[:count], self.data[count:]
        return found

    @staticmethod
    def fields(lines):
        pairs = []
        for line in lines:
            name, colon, value = line.partition(b":")
            if not colon or not name or name.strip() != name:
                raise Wrong("a bad field %r" % line)
            pairs.append((name.lower(), value.strip(b" \t")))
        return pairs

    def head(self):
        lines = self.until(b"\r\n\r\n").split(b"\r\n")
        return Message(lines[0], self.fields(lines[1:]), b"", [])

    def body(self, message, is_bodiless=False):
        """Reads what follows a head."""
        lengths, codings = message.all(b"content-length"), message.all(b"transfer-encoding")
        is_answer = message.line.startswith(b"HTTP/")
        if is_bodiless:
            return message
        if codings:
            if lengths:
                raise Wrong("a length and a coding")
            while True:
                count = int(self.until(b"\r\n").split(b";")[0], 16)
                if count == 0:
                    break
                message.body += self.exactly(count)
                if self.exactly(2) != b"\r\n":
                    raise Wrong("a chunk without an end")
            while True:
                line = self.until(b"\r\n")
                if not line:
                    break
                message.trailers += self.fields([line])
        elif lengths:
            if len(lengths) > 1:
                raise Wrong("two lengths")
            message.body = self.exactly(int(lengths[0]))
        elif is_answer:
            try:
                while True:
                    self.more()
            except EOFError:
                message.body, self.data = self.data, b""
        return message


# What the host does, by name: the bytes of its answer. It ends the connection after those in `ENDS`.
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ANSWERS = {
    b"": OK,
    b"chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"pieces": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\no\r\n01\r\nk\r\n000\r\n\r\n",
    b"trailers": b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n",
    b"until": b"HTTP/1.1 200 OK\r\n\r\nok",
    b"old": b"HTTP/1.0 200 OK\r\n\r\nok",
    b"oldlength": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"oldkept": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    b"close": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    b"204": b"HTTP/1.1 204 No Content\r\nX-Kept: yes\r\n\r\n",
    b"304": b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 1000\r\n\r\n",
    b"205": b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n",
    b"length": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
    b"headchunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"103": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n" + OK,
    b"103hop": b"HTTP/1.1 103 Early Hints\r\nConnection: x-mine\r\nX-Mine: 1\r\nLink: </a>\r\n\r\n" + OK,
    b"102": b"HTTP/1.1 102 Processing\r\n\r\n" + OK,
    b"100": b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    b"101": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    b"hop": b"HTTP/1.1 200 OK\r\nConnection: x-mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n"
    b"Proxy-Connection: keep-alive\r\nUpgrade: h2c\r\nX-Kept: yes\r\nContent-Length: 2\r\n\r\nok",
    b"fields": b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2; Expires=Wed, 09 Jun 2032 10:18:14 GMT\r\n"
    b"X-Empty:\r\nX-High: caf\xe9\r\nX-Space:   a  b\t \r\nVary: a\r\nVary: b\r\nContent-Encoding: gzip\r\n"
    b"WWW-Authenticate: Basic realm=\"a, b\"\r\nContent-Length: 2\r\n\r\nok",
    b"date": b"HTTP/1.1 200 OK\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\nContent-Length: 2\r\n\r\nok",
    b"reason": b"HTTP/1.1 200 Everything is fine\r\nContent-Length: 2\r\n\r\nok",
    b"noreason": b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
    b"299": b"HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\nok",
    b"599": b"HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\nok",
    b"206": b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/10\r\nContent-Length: 2\r\n\r\nok",
    b"416": b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */10\r\nContent-Length: 0\r\n\r\n",
    b"early": b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
    b"405": b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\n\r\n",
    b"200connect": b"HTTP/1.1 200 OK\r\n\r\n",
}
ENDS = {b"until", b"old", b"oldlength", b"close", b"early"}

seen = {}
lock = threading.Lock()


def serve(connection):
    stream = Stream(connection)
    try:
        while True:
            message = stream.head()
            action = message.get(b"x-do") or b""
            with lock:
                seen.setdefault(message.get(b"x-case") or b"", []).append(message)
            if action != b"early":
                stream.body(message)
            connection.sendall(ANSWERS[action])
            if action in ENDS:
                break
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    except (EOFError, OSError, Wrong, ValueError):
        pass
    finally:
        connection.close()


def listen(port):
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


class Client:
    """One connection of a case."""

    def __init__(self, port, number):
        self.number = b"%d" % number
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = Stream(self.socket)

    def request(self, line=b"GET / HTTP/1.1", *fields, do=b"", body=b"", host=b"a.test"):
        """Sends a request; fields are lines."""
        lines = [line] + ([b"Host: " + host] if host is not None else [])
        lines += [b"X-Case: " + self.number] + ([b"X-Do: " + do] if do else []) + list(fields)
        self.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def write(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def answer(self, is_bodiless=False, wants=200):
        """The next answer."""
        try:
            message = self.stream.head()
            bodiless = is_bodiless or message.status // 100 == 1 or message.status in (204, 304)
            self.stream.body(message, bodiless)
        except TimeoutError:
            raise Wrong("no answer, but %r" % self.stream.data[:80]) from None
        except (EOFError, OSError):
            raise Wrong("the connection ended, after %r" % self.stream.data[:80]) from None
        wanted = wants if isinstance(wants, tuple) else (wants,)
        if wants and message.status not in wanted:
            raise Wrong("the status is %d" % message.status)
        return message

    def ends(self):
        """The connection ends, and nothing more comes."""
        try:
            rest = self.stream.data + self.socket.recv(65536)
        except TimeoutError:
            raise Wrong("the connection stays open") from None
        except OSError:
            return
        if rest:
            raise Wrong("there is more: %r" % rest[:60])

    def lasts(self):
        """The connection takes another request."""
        self.request()
        if self.answer().body != b"ok":
            raise Wrong("the next answer is another one")

    def got(self, count=1):
        """What the host got: the first request."""
        end = time.monotonic() + PATIENCE
        while True:
            with lock:
                found = list(seen.get(self.number, []))
            if len(found) >= count or time.monotonic() > end:
                break
            time.sleep(0.01)
        if len(found) < count:
            raise Wrong("the host got %d requests" % len(found))
        return found[count - 1]

    def nothing(self):
        """The host got nothing."""
        with lock:
            if seen.get(self.number):
                raise Wrong("the host got %r" % seen[self.number][0])


def same(found, wanted, what):
    if found != wanted:
        raise Wrong("%s is %r" % (what, found))


cases = []


def case(section, text, wants=None):
    def add(run):
        cases.append((section, text, run, wants))
        return run
    return add


# Targets and hosts

for text, target, wanted in [
    ("origin form", b"/a/b?c=d&e", b"/a/b?c=d&e"),
    ("percent signs", b"/%41%2f%20?%00", b"/%41%2f%20?%00"),
    ("signs", b"/a;b,c!d~e@f$g'h(i)*?a?b/c:d[e]|", b"/a;b,c!d~e@f$g'h(i)*?a?b/c:d[e]|"),
    ("two slashes", b"//a//b", b"//a//b"),
    ("absolute form without a path", b"http://a.test", b"/"),
    ("absolute form with a query alone", b"http://a.test?a=b", b"/?a=b"),
    ("absolute form in capitals", b"HTTP://A.TEST/a", b"/a"),
    ("a long target", b"/" + b"x" * 4000, b"/" + b"x" * 4000),
]:
    @case("9112/3.2", text, wants=(target, wanted))
    def _(c, pair):
        c.request(b"GET %s HTTP/1.1" % pair[0])
        c.answer()
        same(c.got().line.split(b" ")[1], pair[1], "the target")
        same(len(c.got().all(b"host")), 1, "the number of hosts")


@case("9112/3.2.4", "OPTIONS *")
def _(c):
    c.request(b"OPTIONS * HTTP/1.1")
    c.answer()
    same(c.got().line, b"OPTIONS * HTTP/1.1", "the line")


@case("9112/3.2.4", "OPTIONS in absolute form without a path asks for *")
def _(c):
    c.request(b"OPTIONS http://a.test HTTP/1.1")
    c.answer()
    same(c.got().line, b"OPTIONS * HTTP/1.1", "the line")


for text, line in [
    ("GET *", b"GET * HTTP/1.1"),
    ("GET of an authority", b"GET a.test:80 HTTP/1.1"),
    ("a target without a slash", b"GET a HTTP/1.1"),
    ("two blanks", b"GET  / HTTP/1.1"),
    ("a tab", b"GET\t/ HTTP/1.1"),
    ("a blank at the end", b"GET / HTTP/1.1 "),
    ("no version", b"GET / HTTP"),
    ("a version of one digit", b"GET / HTTP/1"),
    ("a version of two digits", b"GET / HTTP/1.10"),
    ("a version with a blank", b"GET / HTTP/ 1.1"),
    ("a method with a bracket", b"G(T / HTTP/1.1"),
    ("a scheme without an authority", b"GET http:///a HTTP/1.1"),
]:
    @case("9112/3", "%s is refused" % text, wants=line)
    def _(c, line):
        c.request(line)
        c.answer(wants=(400, 405, 501, 505))
        c.ends()
        c.nothing()


@case("9112/3.2.3", "CONNECT is not taken for another method")
def _(c):
    c.request(b"CONNECT a.test:80 HTTP/1.1", host=b"a.test:80", do=b"200connect")
    if c.answer(is_bodiless=True, wants=None).status // 100 == 2:
        raise Wrong("it is granted")


for text, host in [
    ("a port", b"a.test:8080"), ("an address of IPv6", b"[::1]:80"), ("capitals", b"A.Test"),
    ("an underscore", b"a_b.test"), ("a dot at the end", b"a.test."),
]:
    @case("9110/7.2", "a host with %s" % text, wants=host)
    def _(c, host):
        c.request(host=host)
        c.answer()
        same(c.got().get(b"host"), host, "the host")


for text, host in [("a blank", b"a b"), ("a slash", b"a/b"), ("an open bracket", b"[::1"), ("a bad port", b"a:b")]:
    @case("9112/3.2", "a host with %s is refused" % text, wants=host)
    def _(c, host):
        c.request(host=host)
        c.answer(wants=400)
        c.nothing()


@case("9112/3.2", "HTTP/1.0 needs no host")
def _(c):
    c.request(b"GET / HTTP/1.0", host=None)
    c.answer()
    c.ends()


@case("9112/5.1", "a space before a colon is refused")
def _(c):
    c.request(b"GET / HTTP/1.1", b"X-Test : 1")
    c.answer(wants=400)
    c.nothing()


# Methods and versions

for method in (b"PUT", b"DELETE", b"PATCH", b"PROPFIND", b"M-SEARCH", b"QUERY", b"get", b"X", b"!#$%&'*+-.^_`|~",
               b"ANOTHERMETHODTHATISLONG"):
    @case("9110/9.1", "the method %s" % method.decode(), wants=method)
    def _(c, method):
        c.request(method + b" / HTTP/1.1")
        c.answer()
        same(c.got().line, method + b" / HTTP/1.1", "the line")


@case("9112/2.3", "a later minor version is taken as HTTP/1.1")
def _(c):
    c.request(b"GET / HTTP/1.2")
    c.answer(wants=(200, 505))


@case("9110/15.6.6", "a later major version is refused")
def _(c):
    c.request(b"GET / HTTP/3.0")
    c.answer(wants=(400, 505))
    c.nothing()


@case("9112/2.3", "the host is asked in the proxy's own version")
def _(c):
    c.request(b"GET / HTTP/1.0", b"Connection: keep-alive")
    c.answer()
    same(c.got().line, b"GET / HTTP/1.1", "the line")


# Limits

@case("9110/15.5.15", "a target that is too long is answered with 414")
def _(c):
    c.request(b"GET /%s HTTP/1.1" % (b"x" * 500_000))
    c.answer(wants=(414, 431))
    c.ends()


@case("6585/5", "a field that is too long is answered with 431")
def _(c):
    c.request(b"GET / HTTP/1.1", b"X-Long: " + b"x" * 500_000)
    c.answer(wants=431)
    c.ends()


@case("6585/5", "too many fields are answered with 431")
def _(c):
    c.request(b"GET / HTTP/1.1", *[b"X-Field: %d" % index for index in range(50_000)])
    c.answer(wants=431)
    c.ends()


# Fields of one connection

for text, fields, gone in [
    ("what Connection names", [b"Connection: X-Mine", b"X-Mine: 1"], [b"x-mine"]),
    ("what Connection names, of a list, in capitals", [b"Connection: a,X-MINE ,,b", b"X-Mine: 1"], [b"x-mine"]),
    ("what the second Connection names", [b"Connection: a", b"Connection: x-mine", b"X-Mine: 1"], [b"x-mine"]),
    ("Keep-Alive", [b"Connection: keep-alive", b"Keep-Alive: timeout=5"], [b"keep-alive"]),
    ("Proxy-Connection", [b"Proxy-Connection: keep-alive"], [b"proxy-connection"]),
    ("Upgrade that is not wanted", [b"Connection: upgrade", b"Upgrade: foo"], [b"upgrade"]),
    ("TE", [b"Connection: TE", b"TE: gzip;q=0.5"], [b"te"]),
    ("HTTP2-Settings", [b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"],
     [b"http2-settings", b"upgrade"]),
]:
    @case("9110/7.6.1", "%s is not passed on" % text, wants=(fields, gone))
    def _(c, wanted):
        c.request(b"GET / HTTP/1.1", *wanted[0], b"X-Kept: yes")
        c.answer()
        for name in wanted[1]:
            same(c.got().get(name), None, name.decode())
        same(c.got().get(b"x-kept"), b"yes", "x-kept")
        for token in c.got().tokens(b"connection"):
            if token not in (b"close", b"keep-alive", b""):
                raise Wrong("the host is told %r" % token)


@case("9110/7.6.1", "fields of the host's connection are not passed on")
def _(c):
    c.request(do=b"hop")
    answer = c.answer()
    for name in (b"x-mine", b"proxy-connection", b"upgrade"):
        same(answer.get(name), None, name.decode())
    if (answer.get(b"keep-alive") or b"") == b"timeout=5":
        raise Wrong("keep-alive is passed on")
    same(answer.get(b"x-kept"), b"yes", "x-kept")
    c.lasts()


@case("9110/7.6.1", "fields of the host's connection are not passed on with interim answers")
def _(c):
    c.request(do=b"103hop")
    interim = c.answer(wants=(103, 200))
    same(interim.get(b"x-mine"), None, "x-mine")
    if b"x-mine" in interim.tokens(b"connection"):
        raise Wrong("connection is passed on")


@case("9110/7.6.2", "OPTIONS with Max-Forwards 0 is answered")
def _(c):
    c.request(b"OPTIONS / HTTP/1.1", b"Max-Forwards: 0")
    c.answer(wants=None)
    c.nothing()


@case("9110/7.6.2", "TRACE with Max-Forwards 0 is answered")
def _(c):
    c.request(b"TRACE / HTTP/1.1", b"Max-Forwards: 0")
    c.answer(wants=None)
    c.nothing()


@case("9110/7.6.2", "Max-Forwards counts down")
def _(c):
    c.request(b"OPTIONS / HTTP/1.1", b"Max-Forwards: 5")
    c.answer()
    same(c.got().get(b"max-forwards"), b"4", "max-forwards")


@case("9110/7.6.2", "Max-Forwards of other methods is passed on")
def _(c):
    c.request(b"GET / HTTP/1.1", b"Max-Forwards: 0")
    c.answer()
    same(c.got().get(b"max-forwards"), b"0", "max-forwards")


@case("9110/7.6.3", "the host gets Via")
def _(c):
    c.request()
    c.answer()
    if c.got().get(b"via") is None:
        raise Wrong("there is none")


@case("9110/7.6.3", "Via of others stays")
def _(c):
    c.request(b"GET / HTTP/1.1", b"Via: 1.0 fred")
    c.answer()
    if not (c.got().get(b"via") or b"").startswith(b"1.0 fred"):
        raise Wrong("it is %r" % c.got().get(b"via"))


# Fields that go through

@case("9110/5.3", "fields of one name stay in order")
def _(c):
    c.request(b"GET / HTTP/1.1", b"X-A: 1", b"X-B: 0", b"X-A: 2", b"x-a: 3")
    c.answer()
    same((c.got().get(b"x-a") or b"").replace(b" ", b""), b"1,2,3", "x-a")


@case("9112/5", "values are trimmed, and no more")
def _(c):
    c.request(b"GET / HTTP/1.1", b"X-A:\t a  b\tc \t ", b"X-Empty:", b"X-High: caf\xe9\xff")
    c.answer()
    same(c.got().get(b"x-a"), b"a  b\tc", "x-a")
    same(c.got().get(b"x-empty"), b"", "x-empty")
    same(c.got().get(b"x-high"), b"caf\xe9\xff", "x-high")


@case("9110/5.6.2", "names of all signs")
def _(c):
    c.request(b"GET / HTTP/1.1", b"X!#$%&'*+-.^`|~9: 1")
    c.answer()
    same(c.got().get(b"x!#$%&'*+-.^`|~9"), b"1", "the field")


@case("9110/11.7", "credentials and conditions go through")
def _(c):
    lines = [b"Authorization: Basic YTpi", b"If-None-Match: \"a\"", b"Range: bytes=0-1", b"Cookie: a=1",
             b"Accept-Encoding: br;q=1.0, gzip;q=0.5", b"User-Agent: (a \"b\")", b"Cache-Control: no-store"]
    c.request(b"GET / HTTP/1.1", *lines)
    c.answer()
    for line in lines:
        name, value = line.split(b": ", 1)
        same(c.got().get(name.lower()), value, name.decode())


@case("9110/5.3", "answers keep their fields")
def _(c):
    c.request(do=b"fields")
    answer = c.answer()
    same(answer.all(b"set-cookie"), [b"a=1", b"b=2; Expires=Wed, 09 Jun 2032 10:18:14 GMT"], "set-cookie")
    same(answer.get(b"x-empty") or b"", b"", "x-empty")
    same(answer.get(b"x-high"), b"caf\xe9", "x-high")
    same(answer.get(b"x-space"), b"a  b", "x-space")
    same((answer.get(b"vary") or b"").replace(b" ", b""), b"a,b", "vary")
    same(answer.get(b"content-encoding"), b"gzip", "content-encoding")
    same(answer.get(b"www-authenticate"), b"Basic realm=\"a, b\"", "www-authenticate")


@case("9110/6.6.1", "an answer without a date gets one")
def _(c):
    c.request()
    if c.answer().get(b"date") is None:
        raise Wrong("there is none")


@case("9110/6.6.1", "the date of the host stays")
def _(c):
    c.request(do=b"date")
    same(c.answer().get(b"date"), b"Tue, 15 Nov 1994 08:12:31 GMT", "the date")


for name, status, lengths in [(b"299", 299, b"2"), (b"599", 599, b"2"), (b"206", 206, b"2"), (b"416", 416, b"0"),
                              (b"205", 205, b"0"), (b"405", 405, b"0"), (b"reason", 200, b"2"), (b"noreason", 200, b"2")]:
    @case("9110/15", "the answer %s goes through" % name.decode(), wants=(name, status, lengths))
    def _(c, wanted):
        c.request(do=wanted[0])
        answer = c.answer(wants=wanted[1])
        same(answer.get(b"content-length"), wanted[2], "the length")
        c.lasts()


# Bodies of answers

@case("9110/9.3.2", "the answer to HEAD has a length and no body")
def _(c):
    c.request(b"HEAD / HTTP/1.1", do=b"length")
    same(c.answer(is_bodiless=True).get(b"content-length"), b"1000", "the length")
    c.lasts()


@case("9110/9.3.2", "the answer to HEAD in chunks has no body")
def _(c):
    c.request(b"HEAD / HTTP/1.1", do=b"headchunked")
    c.answer(is_bodiless=True)
    c.lasts()


@case("9110/15.3.5", "204 has neither body nor length")
def _(c):
    c.request(do=b"204")
    answer = c.answer(wants=204)
    same(answer.get(b"content-length"), None, "the length")
    same(answer.get(b"transfer-encoding"), None, "the coding")
    same(answer.get(b"x-kept"), b"yes", "x-kept")
    c.lasts()


@case("9110/15.4.5", "304 has no body")
def _(c):
    c.request(do=b"304")
    same(c.answer(wants=304).get(b"etag"), b"\"a\"", "etag")
    c.lasts()


for name in (b"chunked", b"pieces", b"until", b"old", b"oldlength", b"oldkept", b"close"):
    @case("9112/6.3", "an answer of the kind %s comes whole, and the connection lasts" % name.decode(), wants=name)
    def _(c, name):
        c.request(do=name)
        answer = c.answer()
        same(answer.body, b"ok", "the body")
        same(answer.line[:9], b"HTTP/1.1 ", "the version")
        c.lasts()


@case("9112/6.1", "HTTP/1.0 gets no chunks")
def _(c):
    c.request(b"GET / HTTP/1.0", b"Connection: keep-alive", do=b"chunked")
    answer = c.answer()
    same(answer.get(b"transfer-encoding"), None, "the coding")
    same(answer.body, b"ok", "the body")


@case("9112/9.3", "HTTP/1.0 ends the connection")
def _(c):
    c.request(b"GET / HTTP/1.0")
    c.answer()
    c.ends()


@case("9112/9.3", "HTTP/1.0 keeps the connection if it is told so")
def _(c):
    c.request(b"GET / HTTP/1.0", b"Connection: keep-alive")
    answer = c.answer()
    if b"keep-alive" in answer.tokens(b"connection"):
        c.lasts()
    else:
        c.ends()


@case("9112/7.1.2", "trailers of answers come")
def _(c):
    c.request(b"GET / HTTP/1.1", b"Connection: TE", b"TE: trailers", do=b"trailers")
    answer = c.answer()
    same(answer.body, b"ok", "the body")
    same(answer.trailers, [(b"x-sum", b"7")], "the trailers")


# The end of connections

@case("9112/9.6", "Connection: close ends the connection, and says so")
def _(c):
    c.request(b"GET / HTTP/1.1", b"Connection: close")
    if b"close" not in c.answer().tokens(b"connection"):
        raise Wrong("it does not say so")
    c.ends()


@case("9112/9.6", "close within a list")
def _(c):
    c.request(b"GET / HTTP/1.1", b"Connection: foo, CLOSE")
    c.answer()
    c.ends()


@case("9112/9.6", "after a bad request the connection ends")
def _(c):
    c.request()
    c.answer()
    c.request(b"GET  / HTTP/1.1")
    c.answer(wants=(400, 505))
    c.ends()


@case("9112/9.6", "what follows a close is not asked")
def _(c):
    first = b"GET / HTTP/1.1\r\nHost: a.test\r\nX-Case: %s\r\nConnection: close\r\n\r\n" % c.number
    c.write(first + b"GET /second HTTP/1.1\r\nHost: a.test\r\nX-Case: %s\r\n\r\n" % c.number)
    c.answer()
    c.ends()
    same(len(seen[c.number]), 1, "the number of requests")


@case("9112/9.3.2", "pipelined requests are answered in order")
def _(c):
    one = b"HEAD / HTTP/1.1\r\nHost: a.test\r\nX-Do: length\r\n\r\n"
    two = b"POST / HTTP/1.1\r\nHost: a.test\r\nX-Do: 204\r\nContent-Length: 3\r\n\r\nabc"
    three = b"POST / HTTP/1.1\r\nHost: a.test\r\nX-Do: 299\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    c.write(one + two + three + b"GET / HTTP/1.1\r\nHost: a.test\r\nX-Do: chunked\r\n\r\n")
    c.answer(is_bodiless=True)
    c.answer(wants=204)
    c.answer(wants=299)
    same(c.answer().body, b"ok", "the last body")


@case("9112/2.2", "a request in single bytes")
def _(c):
    for byte in b"POST /x HTTP/1.1\r\nHost: a.test\r\nX-Case: %s\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" % c.number:
        c.write(bytes([byte]))
    c.answer()
    same(c.got().body, b"abc", "the body")


# Bodies of requests

@case("9112/6.3", "a length of 0 is passed on")
def _(c):
    c.request(b"POST / HTTP/1.1", b"Content-Length: 0")
    c.answer()
    same(c.got().get(b"content-length"), b"0", "the length")
    c.lasts()


@case("9112/6.3", "a body with a length")
def _(c):
    c.request(b"PUT / HTTP/1.1", b"Content-Length: 5", body=b"hello")
    c.answer()
    same(c.got().body, b"hello", "the body")
    c.lasts()


@case("9112/7.1", "a body in chunks with extensions and trailers")
def _(c):
    c.request(b"PUT / HTTP/1.1", b"Transfer-Encoding: chunked", b"Trailer: X-Sum",
              body=b"2;a=\"b;c\"\r\nhe\r\n003;d\r\nllo\r\n0\r\nX-Sum: 7\r\n\r\n")
    c.answer()
    same(c.got().body, b"hello", "the body")
    c.lasts()


@case("9112/7.1.2", "trailers of requests go on")
def _(c):
    c.request(b"PUT / HTTP/1.1", b"Transfer-Encoding: chunked", b"Trailer: X-Sum",
              body=b"5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n")
    c.answer()
    same(c.got().trailers, [(b"x-sum", b"7")], "the trailers")


@case("9110/6.5.1", "trailers do not become what frames and routes a message")
def _(c):
    c.request(b"PUT / HTTP/1.1", b"Transfer-Encoding: chunked",
              body=b"5\r\nhello\r\n0\r\nHost: b.test\r\nContent-Length: 7\r\nTransfer-Encoding: x\r\n\r\n")
    c.answer()
    names = [name for name, _ in c.got().trailers]
    if {b"host", b"content-length", b"transfer-encoding"} & set(names):
        raise Wrong("the host got %r" % names)


@case("9110/10.1.1", "100 Continue comes before the body")
def _(c):
    c.request(b"POST / HTTP/1.1", b"Content-Length: 2", b"Expect: 100-continue")
    c.answer(wants=100)
    c.write(b"hi")
    c.answer()
    same(c.got().body, b"hi", "the body")
    c.lasts()


@case("9110/10.1.1", "100 Continue for chunks, in capitals")
def _(c):
    c.request(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked", b"Expect: 100-Continue")
    c.answer(wants=100)
    c.write(b"2\r\nhi\r\n0\r\n\r\n")
    c.answer()


@case("9110/10.1.1", "HTTP/1.0 gets no 100 Continue")
def _(c):
    c.request(b"POST / HTTP/1.0", b"Content-Length: 2", b"Expect: 100-continue", body=b"hi")
    c.answer()


@case("9110/10.1.1", "a request without a body needs no 100 Continue")
def _(c):
    c.request(b"GET / HTTP/1.1", b"Expect: 100-continue")
    while c.answer(wants=(100, 200)).status == 100:
        pass
    c.lasts()


@case("9110/15.2", "interim answers are passed on")
def _(c):
    c.request(do=b"103")
    same(c.answer(wants=103).get(b"link"), b"</a>", "the first link")
    same(c.answer(wants=103).get(b"link"), b"</b>", "the second link")
    c.answer()
    c.lasts()


@case("9110/15.2", "102 is passed on")
def _(c):
    c.request(do=b"102")
    c.answer(wants=102)
    c.answer()


@case("9110/15.2", "100 of the host comes once")
def _(c):
    c.request(b"POST / HTTP/1.1", b"Content-Length: 2", b"Expect: 100-continue", do=b"100")
    c.answer(wants=100)
    c.write(b"hi")
    c.answer()


@case("9110/15.2", "HTTP/1.0 gets no interim answers")
def _(c):
    c.request(b"GET / HTTP/1.0", do=b"103")
    c.answer()


@case("9110/7.8", "an upgrade that was not asked for is no answer")
def _(c):
    c.request(do=b"101")
    c.answer(wants=(502, 503))


@case("9112/9.5", "an early answer comes whole")
def _(c):
    c.request(b"POST / HTTP/1.1", b"Content-Length: 10000000", do=b"early", body=b"x" * 100_000)
    same(c.answer(wants=403).body, b"no", "the body")


def run(item):
    number, (section, text, body, wants) = item
    client = None
    try:
        client = Client(port, number + 1)
        if wants is None:
            body(client)
        else:
            body(client, wants)
    except Wrong as problem:
        return str(problem)
    except (OSError, EOFError, ValueError, IndexError) as problem:
        return "%s %s" % (type(problem).__name__, problem)
    finally:
        if client:
            client.socket.close()


name, port = sys.argv[1], int(sys.argv[2])
threading.Thread(target=listen, args=(int(sys.argv[3]),), daemon=True).start()
time.sleep(0.1)
with ThreadPoolExecutor(16) as pool:
    found = list(pool.map(run, enumerate(cases)))
wrong, known = False, known.HTTP1[name]
for (section, text, _, _), problem in zip(cases, found):
    title = "%s %s" % (section, text)
    if problem and title not in known:
        wrong = True
        print("%s: %s" % (title, problem))
    elif not problem and title in known and name == "companion":
        wrong = True
        print("%s: it passes" % title)
for title in known - {"%s %s" % one[:2] for one in cases}:
    wrong = True
    print("there is no case %r" % title)
print("%s: %d of %d cases passed" % (name, found.count(None), len(cases)))
sys.stdout.flush()
os._exit(1 if wrong else 0)
