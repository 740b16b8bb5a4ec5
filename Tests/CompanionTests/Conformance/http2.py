"""The cases of RFC 9113 and RFC 7541 that a server must pass; usage: http2.py NAME PORT [HOST]

They are those of h2spec, by its sections, and some more. NAME says whose known failures are expected:
a case that fails and is not known ends the program with 1. On HOST a host listens that answers every
request.
"""

import os
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Faults"))

import known
from frames import *
from peer import Recorder

cases = []


def case(section, text, **options):
    def add(run):
        cases.append((section, text, run, options))
        return run
    return add


POST = head(method=b"POST")
LONG = [(b"x-%d" % index, b"y" * 4000) for index in range(5)]

# generic: what must be taken


@case("generic/1", "the preface of a client")
def _(c):
    c.lives()


@case("generic/2", "PRIORITY on an idle stream")
def _(c):
    c.priority(1)
    c.lives()


@case("generic/2", "WINDOW_UPDATE on a half-closed stream", settings=[(WINDOW, 0)])
def _(c):
    c.request(1)
    c.window(1, 1)
    c.expect("a byte", lambda frame: frame.kind == DATA and len(frame.body) == 1)


@case("generic/2", "PRIORITY on a half-closed stream", settings=[(WINDOW, 0)])
def _(c):
    c.request(1)
    c.priority(1)
    c.window(1, 1)
    c.expect("a byte", lambda frame: frame.kind == DATA and len(frame.body) == 1)


@case("generic/2", "RST_STREAM on a half-closed stream")
def _(c):
    c.request(1)
    c.reset(1)
    c.lives()


@case("generic/2", "PRIORITY on a closed stream")
def _(c):
    c.request(1)
    c.done()
    c.priority(1)
    c.lives()


for text, pieces in [
    ("DATA", [(END_STREAM, b"test")]),
    ("several DATA", [(0, b"test"), (END_STREAM, b"test")]),
    ("DATA with padding", [(END_STREAM | PADDED, b"\x06test" + bytes(6))]),
    ("DATA that is nothing but padding", [(PADDED, b"\x04" + bytes(4)), (END_STREAM, b"test")]),
    ("empty DATA at the end", [(0, b"test"), (END_STREAM, b"")]),
]:
    @case("generic/3.1", text, wants=pieces)
    def _(c, pieces):
        c.request(1, POST, ends=False)
        for flags, body in pieces:
            c.send(DATA, flags, 1, body)
        c.answered()


@case("generic/3.2", "HEADERS")
def _(c):
    c.request(1)
    c.answered()


@case("generic/3.2", "HEADERS with padding")
def _(c):
    c.request(1, b"\x06" + head() + bytes(6), flags=END_HEADERS | PADDED)
    c.answered()


@case("generic/3.2", "HEADERS with a priority")
def _(c):
    c.request(1, struct.pack(">IB", 0, 255) + head(), flags=END_HEADERS | PRIORITIZED)
    c.answered()


@case("generic/3.2", "HEADERS with padding and a priority")
def _(c):
    c.request(1, b"\x06" + struct.pack(">IB", 0, 255) + head() + bytes(6),
              flags=END_HEADERS | PRIORITIZED | PADDED)
    c.answered()


for text, stream, depends, weight in [
    ("PRIORITY of weight 1", 1, 0, 0),
    ("PRIORITY of weight 256", 1, 0, 255),
    ("PRIORITY with a dependency", 3, 1, 255),
    ("PRIORITY with an exclusive one", 3, 0x80000001, 255),
]:
    @case("generic/3.3", text, wants=(stream, depends, weight))
    def _(c, wanted):
        c.priority(*wanted)
        c.lives()


@case("generic/3.3", "PRIORITY on a stream that is idle, then a lower stream")
def _(c):
    c.priority(5)
    c.request(3)
    c.answered(3)


@case("generic/3.4", "RST_STREAM")
def _(c):
    c.request(1, POST, ends=False)
    c.reset(1)
    c.lives()


@case("generic/3.5", "SETTINGS")
def _(c):
    c.settings((STREAMS, 100), (WINDOW, 65535))
    c.lives()


@case("generic/3.7", "PING")
def _(c):
    c.lives()


@case("generic/3.8", "GOAWAY")
def _(c):
    c.send(GOAWAY, 0, 0, struct.pack(">II", 0, NO_ERROR))
    c.send(PING, 0, 0, b"goodbye!")
    while True:
        frame = c.next()
        if frame is None or frame.kind in (PING, GOAWAY):
            return


@case("generic/3.9", "WINDOW_UPDATE of the connection")
def _(c):
    c.window(0, 1)
    c.lives()


@case("generic/3.9", "WINDOW_UPDATE of a stream")
def _(c):
    c.request(1, POST, ends=False)
    c.window(1, 1)
    c.send(DATA, END_STREAM, 1, b"test")
    c.answered()


@case("generic/3.10", "CONTINUATION")
def _(c):
    c.request(1, flags=0)
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"y"))
    c.answered()


@case("generic/3.10", "several CONTINUATION")
def _(c):
    c.request(1, flags=0)
    c.send(CONTINUATION, 0, 1, literal(b"x", b"y"))
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"z"))
    c.answered()


for method in (b"GET", b"HEAD", b"POST", b"OPTIONS"):
    @case("generic/4", method.decode(), wants=method)
    def _(c, method):
        c.request(1, head(method=method))
        c.answered()


@case("generic/4", "POST with trailers")
def _(c):
    c.request(1, POST, ends=False)
    c.send(DATA, 0, 1, b"test")
    c.request(1, literal(b"x-tail", b"yes"))
    c.answered()


HUFFMAN_NAME, HUFFMAN_VALUE = b"\x88" + bytes.fromhex("25a849e95ba97d7f"), b"\x89" + bytes.fromhex("25a849e95bb8e8b4bf")
PLAIN_NAME, PLAIN_VALUE = string(b"custom-key"), string(b"custom-value")
USER_AGENT = 58
for kind, bits, text in [(0x40, 6, "with indexing"), (0, 4, "without indexing"), (0x10, 4, "never indexed")]:
    indexed = number(USER_AGENT, bits, kind)
    for form, block in [
        ("a known name", indexed + PLAIN_VALUE),
        ("a known name, Huffman", indexed + HUFFMAN_VALUE),
        ("a new name", bytes([kind]) + PLAIN_NAME + PLAIN_VALUE),
        ("a new name, Huffman", bytes([kind]) + HUFFMAN_NAME + HUFFMAN_VALUE),
    ]:
        @case("generic/5", "%s, %s" % (form, text), wants=block)
        def _(c, block):
            c.request(1, head() + block)
            c.answered()


@case("generic/5", "an indexed field")
def _(c):
    c.request(1, head() + b"\xba")
    c.answered()


@case("generic/5", "a field of the dynamic table")
def _(c):
    c.request(1, head() + literal(b"x-test", b"y", 0x40) + b"\xbe")
    c.answered()


@case("generic/5", "an update of the table's size")
def _(c):
    c.request(1, b"\x20" + head())
    c.answered()


@case("generic/5", "two updates of the table's size")
def _(c):
    c.request(1, b"\x20" + number(4096, 5, 0x20) + head())
    c.answered()


# http2: what must be refused, and what must be ignored


@case("http2/3.5", "the first frame is SETTINGS", begins=False)
def _(c):
    c.write(PREFACE)
    c.send(SETTINGS, 0, 0)
    frame = c.next()
    if frame is None or frame.kind != SETTINGS or frame.flags & ACK:
        raise Wrong("it is %r" % frame)


@case("http2/3.5", "a preface that is none", begins=False)
def _(c):
    c.write(b"INVALID CONNECTION PREFACE\r\n\r\n")
    try:
        while c.next() is not None:
            pass
    except TimeoutError:
        raise Wrong("the connection goes on") from None


@case("http2/3.5", "a preface without SETTINGS", begins=False)
def _(c):
    c.write(PREFACE)
    c.request(1)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/4.1", "a frame of an unknown type")
def _(c):
    c.send(0xFF, 0, 0, b"unknown")
    c.lives()


@case("http2/4.1", "a flag that means nothing")
def _(c):
    c.send(PING, 0x16, 0, bytes(8))
    c.lives()


@case("http2/4.1", "the reserved bit of a stream's number")
def _(c):
    c.send(PING, 0, 0x80000000, bytes(8))
    c.lives()


@case("http2/4.2", "DATA of 16 KiB")
def _(c):
    c.request(1, POST, ends=False)
    c.send(DATA, END_STREAM, 1, b"x" * 16384)
    c.answered()


@case("http2/4.2", "DATA of more than the largest frame")
def _(c):
    c.request(1, POST, ends=False)
    c.send(DATA, END_STREAM, 1, b"x" * (c.limits[FRAME_SIZE] + 1))
    c.stream_error(FRAME_SIZE_ERROR)


@case("http2/4.2", "HEADERS of more than the largest frame")
def _(c):
    c.request(1, head(LONG + [(b"x", b"y" * c.limits[FRAME_SIZE])]))
    c.connection_error(FRAME_SIZE_ERROR)


@case("http2/4.3", "a block that is none")
def _(c):
    c.request(1, b"\x40")
    c.connection_error(COMPRESSION_ERROR)


@case("http2/4.3", "PRIORITY within a head")
def _(c):
    c.request(1, flags=0)
    c.priority(1)
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"y"))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/4.3", "HEADERS of another stream within a head")
def _(c):
    c.request(1, flags=0)
    c.request(3)
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"y"))
    c.connection_error(PROTOCOL_ERROR)


for text, kind, flags, body in [
    ("DATA", DATA, END_STREAM, b"test"),
    ("RST_STREAM", RST_STREAM, 0, struct.pack(">I", CANCEL)),
    ("WINDOW_UPDATE", WINDOW_UPDATE, 0, struct.pack(">I", 100)),
    ("CONTINUATION", CONTINUATION, END_HEADERS, head()),
]:
    @case("http2/5.1", "%s on an idle stream" % text, wants=(kind, flags, body))
    def _(c, wanted):
        kind, flags, body = wanted
        c.send(kind, flags, 1, body)
        c.connection_error(PROTOCOL_ERROR)


for text, kind, flags, body, codes in [
    ("DATA", DATA, END_STREAM, b"test", (STREAM_CLOSED,)),
    ("HEADERS", HEADERS, END_STREAM | END_HEADERS, head(), (STREAM_CLOSED,)),
    ("CONTINUATION", CONTINUATION, END_HEADERS, head(), (STREAM_CLOSED, PROTOCOL_ERROR)),
]:
    @case("http2/5.1", "%s on a half-closed stream" % text, wants=(kind, flags, body, codes),
          settings=[(WINDOW, 0)])
    def _(c, wanted):
        kind, flags, body, codes = wanted
        c.request(1)
        c.send(kind, flags, 1, body)
        c.stream_error(*codes)

    @case("http2/5.1", "%s after RST_STREAM" % text, wants=(kind, flags, body, codes))
    def _(c, wanted):
        kind, flags, body, codes = wanted
        c.request(1, POST, ends=False)
        c.reset(1)
        c.send(kind, flags, 1, body)
        c.stream_error(*codes)

    @case("http2/5.1", "%s on a closed stream" % text, wants=(kind, flags, body, codes))
    def _(c, wanted):
        kind, flags, body, codes = wanted
        c.request(1)
        c.done()
        c.send(kind, flags, 1, body)
        c.connection_error(*codes)


@case("http2/5.1.1", "a stream of an even number")
def _(c):
    c.request(2)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/5.1.1", "a stream below the last one")
def _(c):
    c.request(5)
    c.request(3)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/5.1.2", "one stream more than allowed", settings=[(WINDOW, 0)])
def _(c):
    most = c.limits[STREAMS]
    if most is None or most > 1000:
        return
    for index in range(most + 1):
        c.request(2 * index + 1)
    c.stream_error(PROTOCOL_ERROR, REFUSED_STREAM, stream=2 * most + 1)


@case("http2/5.3.1", "HEADERS that depend on themselves")
def _(c):
    c.request(1, struct.pack(">IB", 1, 255) + head(), flags=END_HEADERS | PRIORITIZED)
    c.stream_error(PROTOCOL_ERROR)


@case("http2/5.3.1", "PRIORITY that depends on itself")
def _(c):
    c.priority(2, 2)
    c.stream_error(PROTOCOL_ERROR, stream=2)


@case("http2/5.4.1", "a bad PING ends the connection")
def _(c):
    c.send(PING, 0, 3, bytes(8))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/5.4.1", "a bad PING is followed by GOAWAY")
def _(c):
    c.send(PING, 0, 3, bytes(8))
    c.expect("GOAWAY", lambda frame: frame.kind == GOAWAY and frame.code == PROTOCOL_ERROR)


@case("http2/5.5", "a frame of an extension")
def _(c):
    c.send(0x16, 0, 0, b"test")
    c.lives()


@case("http2/5.5", "a frame of an extension within a head")
def _(c):
    c.request(1, flags=0)
    c.send(0x16, 0, 0, b"test")
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"y"))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.1", "DATA on stream 0")
def _(c):
    c.send(DATA, END_STREAM, 0, b"test")
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.1", "DATA on a stream that the client has ended")
def _(c):
    with c.together():
        c.request(1)
        c.send(DATA, END_STREAM, 1, b"test")
    c.stream_error(STREAM_CLOSED)


@case("http2/6.1", "DATA with more padding than there is")
def _(c):
    c.request(1, POST, ends=False)
    c.send(DATA, END_STREAM | PADDED, 1, b"\x05test")
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.2", "HEADERS without an end, then PRIORITY")
def _(c):
    c.request(1, flags=0)
    c.priority(1)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.2", "HEADERS without an end, then those of another stream")
def _(c):
    c.request(1, flags=0)
    c.request(3)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.2", "HEADERS on stream 0")
def _(c):
    c.request(0)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.2", "HEADERS with more padding than there is")
def _(c):
    block = head()
    c.request(1, bytes([len(block) + 1]) + block, flags=END_HEADERS | PADDED)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.3", "PRIORITY on stream 0")
def _(c):
    c.priority(0)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.3", "PRIORITY of four bytes")
def _(c):
    c.request(1, POST, ends=False)
    c.send(PRIORITY, 0, 1, bytes(4))
    c.stream_error(FRAME_SIZE_ERROR)


@case("http2/6.4", "RST_STREAM on stream 0")
def _(c):
    c.reset(0)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.4", "RST_STREAM on an idle stream")
def _(c):
    c.reset(1)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.4", "RST_STREAM of three bytes")
def _(c):
    c.request(1, POST, ends=False)
    c.send(RST_STREAM, 0, 1, bytes(3))
    c.connection_error(FRAME_SIZE_ERROR)


@case("http2/6.5", "an acknowledgement with a payload")
def _(c):
    c.send(SETTINGS, ACK, 0, b"\0")
    c.connection_error(FRAME_SIZE_ERROR)


@case("http2/6.5", "SETTINGS on a stream")
def _(c):
    c.send(SETTINGS, 0, 1, setting([(STREAMS, 100)]))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.5", "SETTINGS of three bytes")
def _(c):
    c.send(SETTINGS, 0, 0, b"\0\3\0")
    c.connection_error(FRAME_SIZE_ERROR)


for text, pair, code in [
    ("ENABLE_PUSH of 2", (ENABLE_PUSH, 2), PROTOCOL_ERROR),
    ("a window of 2 GiB", (WINDOW, 0x80000000), FLOW_CONTROL_ERROR),
    ("frames of less than 16 KiB", (FRAME_SIZE, 16383), PROTOCOL_ERROR),
    ("frames of 16 MiB", (FRAME_SIZE, 1 << 24), PROTOCOL_ERROR),
]:
    @case("http2/6.5.2", text, wants=(pair, code))
    def _(c, wanted):
        pair, code = wanted
        c.send(SETTINGS, 0, 0, setting([pair]))
        c.connection_error(code)


@case("http2/6.5.2", "an unknown setting")
def _(c):
    c.send(SETTINGS, 0, 0, setting([(0xFF, 1)]))
    c.lives()


@case("http2/6.5.3", "of two values of a setting the last holds")
def _(c):
    c.settings((WINDOW, 100), (WINDOW, 1))
    c.request(1)
    frame = c.expect("DATA", lambda frame: frame.kind == DATA)
    if len(frame.body) != 1:
        raise Wrong("there are %d bytes" % len(frame.body))


@case("http2/6.5.3", "SETTINGS are acknowledged")
def _(c):
    c.settings()


@case("http2/6.7", "PING is answered with its bytes")
def _(c):
    c.lives()


@case("http2/6.7", "the answer to a PING is not answered")
def _(c):
    c.send(PING, ACK, 0, b"invalid!")
    c.send(PING, 0, 0, b"goodbye!")
    frame = c.expect("a PING", lambda frame: frame.kind == PING)
    if frame.body != b"goodbye!":
        raise Wrong("it is answered")


@case("http2/6.7", "PING on a stream")
def _(c):
    c.send(PING, 0, 1, bytes(8))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.7", "PING of six bytes")
def _(c):
    c.send(PING, 0, 0, bytes(6))
    c.connection_error(FRAME_SIZE_ERROR)


@case("http2/6.8", "GOAWAY on a stream")
def _(c):
    c.send(GOAWAY, 0, 1, struct.pack(">II", 0, NO_ERROR))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.9", "WINDOW_UPDATE of 0")
def _(c):
    c.window(0, 0)
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.9", "WINDOW_UPDATE of 0 on a stream")
def _(c):
    c.request(1, POST, ends=False)
    c.window(1, 0)
    c.stream_error(PROTOCOL_ERROR)


@case("http2/6.9", "WINDOW_UPDATE of three bytes")
def _(c):
    c.send(WINDOW_UPDATE, 0, 0, b"\0\0\1")
    c.connection_error(FRAME_SIZE_ERROR)


@case("http2/6.9.1", "a window of one byte")
def _(c):
    c.settings((WINDOW, 1))
    c.request(1)
    frame = c.expect("DATA", lambda frame: frame.kind == DATA)
    if len(frame.body) != 1:
        raise Wrong("there are %d bytes" % len(frame.body))


@case("http2/6.9.1", "a window of the connection above 2 GiB")
def _(c):
    c.window(0, 0x7FFFFFFF)
    c.window(0, 0x7FFFFFFF)
    c.connection_error(FLOW_CONTROL_ERROR)


@case("http2/6.9.1", "a window of a stream above 2 GiB")
def _(c):
    c.request(1, POST, ends=False)
    c.window(1, 0x7FFFFFFF)
    c.window(1, 0x7FFFFFFF)
    c.stream_error(FLOW_CONTROL_ERROR)


@case("http2/6.9.2", "a window that is changed after HEADERS")
def _(c):
    c.settings((WINDOW, 0))
    c.request(1)
    c.settings((WINDOW, 1))
    frame = c.said[-1] if c.said[-1].kind == DATA else c.expect("DATA", lambda frame: frame.kind == DATA)
    if len(frame.body) != 1:
        raise Wrong("there are %d bytes" % len(frame.body))


@case("http2/6.9.2", "a window that becomes negative")
def _(c):
    c.settings((WINDOW, 3))
    c.request(1)
    c.expect("three bytes", lambda frame: frame.kind == DATA and len(frame.body) == 3)
    c.settings((WINDOW, 2))
    c.window(1, 2)
    frame = c.expect("DATA", lambda frame: frame.kind == DATA)
    if len(frame.body) != 1:
        raise Wrong("there are %d bytes" % len(frame.body))


@case("http2/6.9.2", "a window above 2 GiB for all streams")
def _(c):
    c.send(SETTINGS, 0, 0, setting([(WINDOW, 0x80000000)]))
    c.connection_error(FLOW_CONTROL_ERROR)


@case("http2/6.10", "several CONTINUATION")
def _(c):
    c.request(1, flags=0)
    c.send(CONTINUATION, 0, 1, literal(b"x", b"y"))
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"y"))
    c.answered()


@case("http2/6.10", "CONTINUATION, then another frame")
def _(c):
    c.request(1, flags=0)
    c.send(CONTINUATION, 0, 1, literal(b"x", b"y"))
    c.send(DATA, END_STREAM, 1, b"test")
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.10", "CONTINUATION on stream 0")
def _(c):
    c.request(1, flags=0)
    c.send(CONTINUATION, END_HEADERS, 0, literal(b"x", b"y"))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.10", "CONTINUATION after the end of a head")
def _(c):
    c.request(1, POST, ends=False)
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"y"))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.10", "CONTINUATION after the last one")
def _(c):
    c.request(1, POST, ends=False, flags=0)
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"y"))
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"y"))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/6.10", "CONTINUATION after DATA")
def _(c):
    c.request(1, POST, ends=False)
    c.send(DATA, 0, 1, b"test")
    c.send(CONTINUATION, END_HEADERS, 1, literal(b"x", b"y"))
    c.connection_error(PROTOCOL_ERROR)


@case("http2/7", "GOAWAY of an unknown code")
def _(c):
    c.send(GOAWAY, 0, 0, struct.pack(">II", 0, 0xFF))
    c.send(PING, 0, 0, b"goodbye!")
    while True:
        frame = c.next()
        if frame is None or frame.kind in (PING, GOAWAY):
            return


@case("http2/7", "RST_STREAM of an unknown code")
def _(c):
    c.request(1, POST, ends=False)
    c.reset(1, 0xFF)
    c.lives()


@case("http2/8.1", "trailers that do not end the stream")
def _(c):
    c.request(1, POST, ends=False)
    c.request(1, literal(b"x-tail", b"yes"), ends=False)
    c.stream_error(PROTOCOL_ERROR)


for section, text, block in [
    ("8.1.2", "a name in capitals", head([(b"X-TEST", b"ok")])),
    ("8.1.2.1", "an unknown pseudo field", head([(b":test", b"ok")])),
    ("8.1.2.1", "a pseudo field of answers", head([(b":status", b"200")])),
    ("8.1.2.1", "a pseudo field after others", head([(b"x-test", b"ok"), (b":path", b"/")], path=None)),
    ("8.1.2.2", "a connection field", head([(b"connection", b"keep-alive")])),
    ("8.1.2.2", "TE of more than trailers", head([(b"te", b"trailers, deflate")])),
    ("8.1.2.3", "an empty path", head(path=b"")),
    ("8.1.2.3", "no method", head(method=None)),
    ("8.1.2.3", "no scheme", head(scheme=None)),
    ("8.1.2.3", "no path", head(path=None)),
    ("8.1.2.3", "two methods", literal(b":method", b"GET") + head()),
    ("8.1.2.3", "two schemes", literal(b":scheme", b"http") + head()),
    ("8.1.2.3", "two paths", literal(b":path", b"/") + head()),
]:
    @case("http2/" + section, text, wants=block)
    def _(c, block):
        c.request(1, block)
        c.stream_error(PROTOCOL_ERROR)


@case("http2/8.1.2.1", "a pseudo field in trailers")
def _(c):
    c.request(1, POST, ends=False)
    c.send(DATA, 0, 1, b"test")
    c.request(1, literal(b":method", b"GET"))
    c.stream_error(PROTOCOL_ERROR)


for text, bodies in [("one DATA", [b"test"]), ("several DATA", [b"test", b"test"])]:
    @case("http2/8.1.2.6", "a length that is not that of %s" % text, wants=bodies)
    def _(c, bodies):
        c.request(1, head([(b"content-length", b"1")], method=b"POST"), ends=False)
        for index, body in enumerate(bodies):
            c.send(DATA, END_STREAM if index == len(bodies) - 1 else 0, 1, body)
        c.stream_error(PROTOCOL_ERROR)


@case("http2/8.1.2.6", "a length, and no DATA")
def _(c):
    c.request(1, head([(b"content-length", b"1")], method=b"POST"))
    c.stream_error(PROTOCOL_ERROR)


@case("http2/8.2", "PUSH_PROMISE of a client")
def _(c):
    c.send(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 3) + head())
    c.connection_error(PROTOCOL_ERROR)


# hpack: each breaks the state that both sides share, and so the connection

for section, text, block in [
    ("2.3.3", "an index that is not there", head() + b"\xc6"),
    ("2.3.3", "the index of a name that is not there", head() + number(70, 6, 0x40) + string(b"empty")),
    ("4.2", "an update of the size at the end", head() + b"\x21"),
    ("5.2", "Huffman padding of more than seven bits", head() + b"\0" + string(b"x-test") + b"\x82\x1f\xff"),
    ("5.2", "Huffman padding of zeros", head() + b"\0" + string(b"x-test") + b"\x81\x18"),
    ("5.2", "the end mark of Huffman", head() + b"\0" + string(b"x-test") + b"\x85\x1f\xff\xff\xff\xff"),
    ("6.1", "the index 0", head() + b"\x80"),
    ("6.3", "a table larger than allowed", number(4097, 5, 0x20) + head()),
    ("5.1", "an integer without end", head() + b"\xff" + b"\xff" * 20 + b"\x01"),
]:
    @case("hpack/" + section, text, wants=block)
    def _(c, block):
        c.request(1, block)
        c.connection_error(COMPRESSION_ERROR)


def run(one):
    section, text, body, options = one
    connection = None
    try:
        connection = Connection(port, options.get("settings", ()), options.get("begins", True))
        if "wants" in options:
            body(connection, options["wants"])
        else:
            body(connection)
    except Wrong as problem:
        return str(problem)
    except (TimeoutError, OSError, ConnectionError) as problem:
        return "%s %s" % (type(problem).__name__, problem)
    finally:
        if connection:
            connection.close()


name, port = sys.argv[1], int(sys.argv[2])
if len(sys.argv) > 3:
    host = Recorder(int(sys.argv[3]), answer=b"hello")
with ThreadPoolExecutor(16) as pool:
    found = list(pool.map(run, cases))
wrong, known = False, known.HTTP2[name]
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
