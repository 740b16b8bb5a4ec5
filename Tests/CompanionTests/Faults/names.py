"""A name server that changes its mind; usage: names.py PROXY HOST DNS

The name's hosts are 127.0.0.1 and 127.0.0.2, both at the host's port, and say which they are. The proxy
asks every 200 ms.
"""

import socket
import struct
import sys
import threading
import time

from peer import Reader, Recorder, ask, check, connect, end

proxy, host, dns = map(int, sys.argv[1:4])
Recorder(host, "127.0.0.1", b"one")
Recorder(host, "127.0.0.2", b"two")
mood = "one"
asked = 0


def answer(query):
    """The answer to one question, as the mood is."""
    name_end = query.index(b"\0", 12) + 1
    kind = struct.unpack(">H", query[name_end:name_end + 2])[0]
    question = query[12:name_end + 4]
    if mood == "silence":
        return None
    if mood == "garbage":
        return query[:2] + bytes(range(200))
    if mood in ("refused", "failed", "none"):
        code = {"refused": 5, "failed": 2, "none": 3}[mood]
        return query[:2] + bytes([0x81, 0x80 | code]) + b"\0\1\0\0\0\0\0\0" + question
    addresses = {"one": [1], "two": [2], "both": [1, 2], "empty": []}[mood] if kind == 1 else []
    records = b"".join(
        b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0" + bytes([last]) for last in addresses
    )
    return query[:2] + b"\x81\x80\0\1\0" + bytes([len(addresses)]) + b"\0\0\0\0" + question + records


def serve():
    global asked
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", dns))
    print("ready", flush=True)
    while True:
        query, peer = server.recvfrom(2000)
        asked += 1
        reply = answer(query)
        if reply is not None:
            server.sendto(reply, peer)


threading.Thread(target=serve, daemon=True).start()


def get():
    connection = connect(proxy)
    try:
        line, _, body = ask(connection)
        return line.split(b" ")[1], body
    finally:
        connection.close()


def until(wanted, what, limit=4.0):
    deadline = time.monotonic() + limit
    found = None
    while time.monotonic() < deadline:
        found = get()
        if found in wanted:
            return
        time.sleep(0.02)
    check(False, "%s: the last answer is %r" % (what, found))


def steady(seconds, wanted, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = get()
        check(found in wanted, "%s: an answer is %r" % (what, found))
        time.sleep(0.01)


while True:
    try:
        connect(proxy).close()
        break
    except OSError:
        time.sleep(0.02)
ONE, TWO = (b"200", b"one"), (b"200", b"two")
until([ONE], "the first answer")
for mood, wanted in (("two", TWO), ("one", ONE)):
    until([wanted], "changed to " + mood, 2)
# It flaps: every answer is one of the two, and none is missing.
flapping = time.monotonic() + 0.8
while time.monotonic() < flapping:
    mood = "two" if mood == "one" else "one"
    steady(0.05, [ONE, TWO], "flapping")
mood = "one"
until([ONE], "after flapping", 2)
# What is no answer changes nothing.
for mood in ("failed", "refused", "garbage"):
    steady(0.45, [ONE], mood)
mood = "both"
until([TWO], "both", 3)
until([ONE], "both", 1)
# No addresses, and no such name: the hosts are gone, and come back.
mood = "none"
until([(b"503", b"no healthy upstream")], "no such name", 3)
mood = "two"
until([TWO], "again a name", 3)
mood = "empty"
until([(b"503", b"no healthy upstream")], "no addresses", 3)
mood = "one"
until([ONE], "again an address", 3)
mood = "silence"
steady(0.8, [ONE], "silence")
mood = "two"
until([TWO], "after silence", 6)
check(asked < 400, "the server was asked %d times" % asked)
end()
