"""Frames of HTTP/2 as they are wanted, broken ones too: no state machine stands in the way."""

import contextlib
import socket
import struct
import time

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 1, 1, 4, 8, 32
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR = 5, 6, 7, 8, 9
TABLE_SIZE, ENABLE_PUSH, STREAMS, WINDOW, FRAME_SIZE, LIST_SIZE, CONNECT = 1, 2, 3, 4, 5, 6, 8

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Wrong(Exception):
    """What does not hold."""


def number(value, bits, first=0):
    """An integer of HPACK behind the bits of `first`."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    found = bytes([first | most])
    value -= most
    while value >= 128:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])


def string(text):
    return number(len(text), 7) + text


def literal(name, value, kind=0):
    """A field that is spelled out: 0 without indexing, 0x10 never indexed, 0x40 with it."""
    return bytes([kind]) + string(name) + string(value)


def head(fields=(), method=b"GET", path=b"/", scheme=b"http", authority=b"a.test"):
    """The block of a request; a pseudo field that is `None` is left out."""
    pairs = [(b":method", method), (b":path", path), (b":scheme", scheme), (b":authority", authority)]
    pairs = [pair for pair in pairs if pair[1] is not None] + list(fields)
    return b"".join(literal(name, value) for name, value in pairs)


def setting(pairs):
    return b"".join(struct.pack(">HI", name, value) for name, value in pairs)


class Frame:
    def __init__(self, kind, flags, stream, body):
        self.kind, self.flags, self.stream, self.body = kind, flags, stream, body

    @property
    def code(self):
        """The error code of RST_STREAM and GOAWAY."""
        return struct.unpack(">I", self.body[4:8] if self.kind == GOAWAY else self.body[:4])[0]

    def __repr__(self):
        names = "DATA HEADERS PRIORITY RST_STREAM SETTINGS PUSH_PROMISE PING GOAWAY WINDOW_UPDATE".split()
        name = names[self.kind] if self.kind < len(names) else "type %d" % self.kind
        code = " of code %d" % self.code if self.kind in (RST_STREAM, GOAWAY) else ""
        return "%s%s on %d with flags %d and %d bytes" % (name, code, self.stream, self.flags, len(self.body))


class Connection:
    """One connection; `settings` are those that the client begins with."""

    def __init__(self, port, settings=(), begins=True, patience=2.0, wrap=None):
        self.patience = patience
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wrap:
            self.socket = wrap(self.socket)
        self.data = b""
        self.held = None
        self.limits = {STREAMS: None, FRAME_SIZE: 16384, WINDOW: 65535, TABLE_SIZE: 4096}
        self.said = []
        if begins:
            self.write(PREFACE)
            self.send(SETTINGS, 0, 0, setting(settings))
            self.await_settings()

    def await_settings(self):
        """Exchanges settings in both directions."""
        theirs = self.expect("the settings", lambda frame: frame.kind == SETTINGS and not frame.flags & ACK)
        for at in range(0, len(theirs.body), 6):
            name, value = struct.unpack(">HI", theirs.body[at : at + 6])
            self.limits[name] = value
        self.send(SETTINGS, ACK, 0, b"")
        self.expect("the acknowledgement", lambda frame: frame.kind == SETTINGS and frame.flags & ACK)

    @contextlib.contextmanager
    def together(self):
        """Sends what is written inside at once, so that no answer comes in between."""
        self.held = b""
        yield
        data, self.held = self.held, None
        self.write(data)

    def write(self, data):
        if self.held is not None:
            self.held += data
            return
        try:
            self.socket.sendall(data)
        except OSError:
            # The other side may have ended it already; what it said is still read.
            pass

    def send(self, kind, flags, stream, body=b"", length=None):
        size = len(body) if length is None else length
        self.write(struct.pack(">I", size)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body)

    def request(self, stream, block=None, ends=True, flags=END_HEADERS):
        """Sends HEADERS."""
        self.send(HEADERS, flags | (END_STREAM if ends else 0), stream, head() if block is None else block)

    def settings(self, *pairs):
        """Changes settings and waits until the other side has taken them."""
        self.send(SETTINGS, 0, 0, setting(pairs))
        self.expect("the acknowledgement", lambda frame: frame.kind == SETTINGS and frame.flags & ACK)

    def window(self, stream, amount):
        self.send(WINDOW_UPDATE, 0, stream, struct.pack(">I", amount))

    def reset(self, stream, code=CANCEL):
        self.send(RST_STREAM, 0, stream, struct.pack(">I", code))

    def priority(self, stream, depends=0, weight=255):
        self.send(PRIORITY, 0, stream, struct.pack(">IB", depends, weight))

    # What comes back

    def next(self, end=None):
        """The next frame; `None` at the end of the connection."""
        end = end or time.monotonic() + self.patience
        while len(self.data) < 9 or len(self.data) < 9 + self.length():
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            try:
                piece = self.socket.recv(65536)
            except TimeoutError:
                raise
            except OSError:
                return None
            if not piece:
                return None
            self.data += piece
        size = self.length()
        kind, flags, stream = struct.unpack(">BBI", self.data[3:9])
        frame = Frame(kind, flags, stream & 0x7FFFFFFF, self.data[9 : 9 + size])
        self.data = self.data[9 + size :]
        self.said.append(frame)
        return frame

    def length(self):
        return struct.unpack(">I", b"\0" + self.data[:3])[0]

    def expect(self, what, accepts):
        """Reads until a frame is accepted."""
        end = time.monotonic() + self.patience
        try:
            while True:
                frame = self.next(end)
                if frame is None:
                    raise Wrong("the connection ended instead of %s, after %r" % (what, self.said[-3:]))
                if accepts(frame):
                    return frame
        except TimeoutError:
            raise Wrong("%s did not come, but %r" % (what, self.said[-3:])) from None

    def close(self):
        self.socket.close()

    # What is to hold

    def connection_error(self, *codes):
        """A GOAWAY of one of the codes, and the end; the end alone will do."""
        end = time.monotonic() + self.patience
        code = None
        try:
            while True:
                frame = self.next(end)
                if frame is None:
                    break
                if frame.kind == GOAWAY and frame.code != NO_ERROR:
                    code = frame.code
        except TimeoutError:
            raise Wrong("the connection goes on; there came %r" % self.said[-3:]) from None
        if code is not None and code not in codes:
            raise Wrong("the code is %d" % code)

    def stream_error(self, *codes, stream=1):
        """RST_STREAM, GOAWAY or the end."""
        def accepts(frame):
            return frame.kind == RST_STREAM and frame.stream == stream or frame.kind == GOAWAY
        end = time.monotonic() + self.patience
        try:
            while True:
                frame = self.next(end)
                if frame is None:
                    return
                if not accepts(frame) or frame.code == NO_ERROR:
                    continue
                if frame.code not in codes:
                    raise Wrong("the code is %d" % frame.code)
                return
        except TimeoutError:
            raise Wrong("the stream goes on; there came %r" % self.said[-3:]) from None

    def answered(self, stream=1):
        """HEADERS of the status 200."""
        frame = self.expect(
            "an answer",
            lambda frame: frame.kind == GOAWAY or frame.stream == stream and frame.kind in (HEADERS, RST_STREAM),
        )
        if frame.kind != HEADERS:
            raise Wrong("there came %r" % frame)
        block = frame.body
        while block and block[0] & 0xE0 == 0x20:
            # Updates of the table's size, of one byte or more, come first.
            more = block[0] & 0x1F == 0x1F
            block = block[1:]
            while more:
                more = block[0] & 0x80
                block = block[1:]
        if block[:1] != b"\x88":
            raise Wrong("the status is not 200: %r" % block[:8])
        return frame

    def lives(self):
        """A PING is answered."""
        self.send(PING, 0, 0, b"goodbye!")
        self.expect("the answer to a ping",
                    lambda frame: frame.kind == PING and frame.flags & ACK and frame.body == b"goodbye!")

    def done(self, stream=1):
        """The answer is whole."""
        self.expect("the end of the answer",
                    lambda frame: frame.stream == stream and frame.kind in (DATA, HEADERS) and frame.flags & END_STREAM)
