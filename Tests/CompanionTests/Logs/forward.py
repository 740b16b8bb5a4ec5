"""The two ends of Fluentd's forward protocol, with its own client and its own MessagePack.

`send` sends three records with fluent-logger. `take` answers to one client after the other as Fluentd's `in_forward`
does (acknowledgements; with a key, the handshake), and writes each record as a line of JSON.
Usage: forward.py send PORT | forward.py take PORT OUTPUT [KEY]
"""

import gzip
import hashlib
import io
import json
import socket
import sys

import msgpack
from fluent import sender


def send(port):
    client = sender.FluentSender("app", host="127.0.0.1", port=port, nanosecond_precision=True)
    text = "h\u00e9llo\n" + "x" * 70000
    first = {"n": 1, "nested": {"list": [1, 2.5, None, True, -(2**40)]}, "text": text}
    sent = [
        client.emit("web", first),
        client.emit_with_time("web", 1700000000, {"n": 2}),
        client.emit_with_time("web", 1700000000.5, {"n": 3}),
    ]
    client.close()
    sys.exit(0 if all(sent) else 1)


def digest(*parts):
    return hashlib.sha512(b"".join(parts)).hexdigest().encode()


def time_of(value):
    if isinstance(value, msgpack.ExtType):
        seconds = int.from_bytes(value.data[:4], "big")
        return seconds + int.from_bytes(value.data[4:], "big") / 1e9
    return value


def greet(connection, unpacker, key):
    """The handshake of the protocol's version 1; false if the client does not know the key."""
    nonce = b"0123456789abcdef"
    connection.sendall(msgpack.packb(["HELO", {"nonce": nonce, "auth": b"", "keepalive": True}]))
    while True:
        for message in unpacker:
            kind, name, salt, proof = message[:4]
            name = name if isinstance(name, bytes) else name.encode()
            salt = salt if isinstance(salt, bytes) else salt.encode()
            proof = proof if isinstance(proof, bytes) else proof.encode()
            known = kind == "PING" and proof == digest(salt, name, nonce, key)
            answer = digest(salt, b"taker", nonce, key) if known else b""
            reason = "" if known else "shared_key mismatch"
            connection.sendall(msgpack.packb(["PONG", known, reason, "taker", answer.decode()]))
            return known
        data = connection.recv(65536)
        if not data:
            return False
        unpacker.feed(data)


def entries_of(message, option):
    body = message[1]
    if isinstance(body, list):
        return body
    if isinstance(body, (bytes, str)):
        body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogateescape")
        if option.get("compressed") == "gzip":
            body = gzip.decompress(body)
        return list(msgpack.Unpacker(io.BytesIO(body), raw=False))
    return [[message[1], message[2]]]


def take(port, output, key):
    listener = socket.create_server(("127.0.0.1", port))
    open(output, "w").close()
    while True:
        connection, _ = listener.accept()
        unpacker = msgpack.Unpacker(raw=False)
        if key and not greet(connection, unpacker, key.encode()):
            connection.close()
            continue
        while data := connection.recv(65536):
            unpacker.feed(data)
            for message in unpacker:
                option = message[-1] if isinstance(message[-1], dict) and len(message) > 2 else {}
                with open(output, "a", encoding="utf-8") as file:
                    for time, record in entries_of(message, option):
                        line = {"tag": message[0], "time": time_of(time), "record": record, "option": option}
                        file.write(json.dumps(line) + "\n")
                if "chunk" in option:
                    connection.sendall(msgpack.packb({"ack": option["chunk"]}))
        connection.close()


if sys.argv[1] == "send":
    send(int(sys.argv[2]))
else:
    take(int(sys.argv[2]), sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else "")
