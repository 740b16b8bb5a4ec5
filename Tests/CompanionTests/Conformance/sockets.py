"""WebSockets with the library of others on both sides; usage: sockets.py PROXY HOST

Over HTTP/1.1 its client asks, over HTTP/2 (RFC 8441) the frames are written here.
"""

import asyncio
import os
import struct
import sys
import threading
import time

import websockets

from frames import *

proxy, host = int(sys.argv[1]), int(sys.argv[2])
problems = []
ended = {}


def check(condition, text):
    if not condition:
        problems.append(text)


async def serve(socket, path=None):
    """Sends everything back; some messages are orders."""
    try:
        async for message in socket:
            if message == "end":
                await socket.close(4000, "as you wish")
            elif message == "cut":
                socket.transport.abort()
            elif message == "ping":
                await asyncio.wait_for(await socket.ping(b"from the host"), 5)
                await socket.send("pong")
            elif message == "who":
                await socket.send("%s %s" % (socket.request_headers.get("x-name"), socket.path))
            elif message == "pieces":
                await socket.send("piece %d " % number for number in range(1000))
            else:
                await socket.send(message)
    except websockets.ConnectionClosed:
        pass
    ended[socket.request_headers.get("x-name")] = (socket.close_code, socket.close_reason)


async def wait_for(name, timeout=5):
    end = time.monotonic() + timeout
    while name not in ended and time.monotonic() < end:
        await asyncio.sleep(0.01)
    return ended.get(name)


def connect(name, **options):
    return websockets.connect("ws://127.0.0.1:%d/chat?room=1" % proxy, max_size=None,
                              extra_headers={"X-Name": name}, **options)


async def plain():
    async with connect("echo", compression=None) as socket:
        for size in (0, 1, 125, 126, 65535, 65536, 5_000_000):
            text = os.urandom(size)
            await socket.send(text)
            check(await socket.recv() == text, "%d bytes come back changed" % size)
        await socket.send("caf\u00e9 \U0001f600")
        check(await socket.recv() == "caf\u00e9 \U0001f600", "a text comes back changed")
        await socket.send("who")
        check(await socket.recv() == "echo /chat?room=1", "the host is asked for something else")
        await socket.send("part %d " % number for number in range(1000))
        check(await socket.recv() == "".join("part %d " % number for number in range(1000)),
              "a message in parts comes back changed")
        await socket.send("pieces")
        check((await socket.recv()).endswith("piece 999 "), "a message in pieces does not come")
        await asyncio.wait_for(await socket.ping(b"hello"), 5)
        await socket.send("ping")
        check(await socket.recv() == "pong", "the client does not answer a ping")
        await socket.close(1001, "going")
    check(await wait_for("echo") == (1001, "going"), "the host sees the end %r" % (ended.get("echo"),))


async def ends():
    async with connect("end") as socket:
        await socket.send("end")
        await socket.wait_closed()
        check((socket.close_code, socket.close_reason) == (4000, "as you wish"),
              "the client sees the end %r" % socket.close_code)
    async with connect("cut") as socket:
        await socket.send("cut")
        await asyncio.wait_for(socket.wait_closed(), 5)
        check(socket.close_code == 1006, "the client sees the end %r" % socket.close_code)
    socket = await connect("gone")
    socket.transport.abort()
    check((await wait_for("gone") or [0])[0] == 1006, "the host sees the end %r" % (ended.get("gone"),))


async def extended():
    async with connect("deflate", compression="deflate", subprotocols=["b", "a"]) as socket:
        names = [extension.name for extension in socket.extensions]
        check(names == ["permessage-deflate"] and socket.subprotocol == "a",
              "there is %r of %r" % (socket.subprotocol, names))
        text = "the same again and again " * 100_000
        await socket.send(text)
        check(await socket.recv() == text, "a compressed text comes back changed")


async def many():
    async def one(number):
        async with connect("many") as socket:
            for turn in range(20):
                await socket.send("%d %d" % (number, turn))
                check(await socket.recv() == "%d %d" % (number, turn), "an answer is another one's")
    await asyncio.gather(*[one(number) for number in range(50)])


# HTTP/2


class Socket:
    """A WebSocket on a stream."""

    def __init__(self, connection, stream, name=b"two"):
        self.connection, self.stream, self.data = connection, stream, b""
        fields = [(b":method", b"CONNECT"), (b":protocol", b"websocket"), (b":scheme", b"http"),
                  (b":path", b"/chat?room=2"), (b":authority", b"a.test"),
                  (b"sec-websocket-version", b"13"), (b"x-name", name)]
        block = b"".join(literal(*field) for field in fields)
        connection.request(stream, block, ends=False)
        connection.answered(stream)

    def send(self, kind, body, last=True):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(body))
        size = len(body)
        length = (bytes([0x80 | size]) if size < 126 else
                  struct.pack(">BH", 0x80 | 126, size) if size < 65536 else struct.pack(">BQ", 0x80 | 127, size))
        data = bytes([(0x80 if last else 0) | kind]) + length + mask + masked
        for at in range(0, len(data), 16384):
            self.connection.send(DATA, 0, self.stream, data[at : at + 16384])

    def exactly(self, count):
        while len(self.data) < count:
            frame = self.connection.expect("data", lambda frame: frame.stream == self.stream)
            if frame.kind != DATA:
                raise Wrong("there came %r" % frame)
            self.data += frame.body
            if frame.body:
                self.connection.window(0, len(frame.body))
                self.connection.window(self.stream, len(frame.body))
            if frame.flags & END_STREAM and len(self.data) < count:
                raise Wrong("the stream ended")
        found, self.data = self.data[:count], self.data[count:]
        return found

    def frame(self):
        first, size = self.exactly(2)
        if size == 126:
            size = struct.unpack(">H", self.exactly(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.exactly(8))[0]
        return first & 0x0F, self.exactly(size)


def second():
    """Over HTTP/2."""
    connection = Connection(proxy, patience=10)
    if connection.limits.get(CONNECT) != 1:
        raise Wrong("WebSockets are not offered: %r" % connection.limits)
    one = Socket(connection, 1)
    one.send(1, b"one")
    big = os.urandom(60_000)
    one.send(2, big)
    parts = [one.frame(), one.frame()]
    check(parts == [(1, b"one"), (2, big)], "there came other messages over HTTP/2")
    for number in range(100):
        one.send(1 if number == 0 else 0, b"part %d " % number, last=number == 99)
    check(one.frame()[1].endswith(b"part 99 "), "a message in parts does not come over HTTP/2")
    one.send(9, b"hello")
    check(one.frame() == (10, b"hello"), "a ping is not answered over HTTP/2")
    one.send(8, struct.pack(">H", 4001) + b"bye")
    check(one.frame() == (8, struct.pack(">H", 4001) + b"bye"), "the end is not answered over HTTP/2")
    connection.expect("the end of the stream",
                      lambda frame: frame.stream == 1 and (frame.kind == RST_STREAM or frame.flags & END_STREAM))
    other = Socket(connection, 3, b"three")
    other.send(1, b"three")
    check(other.frame() == (1, b"three"), "the next stream of the connection does not answer")
    connection.close()
    end = time.monotonic() + 5
    while "two" not in ended and time.monotonic() < end:
        time.sleep(0.01)
    check(ended.get("two") == (4001, "bye"), "the host sees the end %r" % (ended.get("two"),))


async def main():
    async with websockets.serve(serve, "127.0.0.1", host, max_size=None, subprotocols=["a"], ping_interval=None):
        for part in (plain, ends, extended, many):
            try:
                await asyncio.wait_for(part(), 20)
            except Exception as problem:
                problems.append("%s: %s %s" % (part.__name__, type(problem).__name__, problem))
        try:
            await asyncio.get_running_loop().run_in_executor(None, second)
        except Wrong as problem:
            problems.append("over HTTP/2: %s" % problem)


asyncio.run(main())
for text in problems[:20]:
    print(text)
sys.stdout.flush()
os._exit(1 if problems else 0)
