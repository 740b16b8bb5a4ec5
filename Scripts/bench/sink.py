"""An HTTP server that takes bulk requests as fast as it can: it counts lines, reads no record, and says that all went well."""

import socket
import sys
import threading

ANSWER = b'{"took":1,"errors":false,"items":[]}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER)
counts = {"lines": 0, "bytes": 0, "requests": 0}


def head_of(connection, buffer):
    while True:
        end = buffer.find(b"\r\n\r\n")
        if end >= 0:
            return end
        piece = connection.recv(65536)
        if not piece:
            return -1
        buffer += piece


def serve(connection):
    buffer = bytearray()
    view = memoryview(bytearray(1 << 20))
    while True:
        end = head_of(connection, buffer)
        if end < 0:
            return
        head = bytes(buffer[:end]).lower()
        del buffer[:end + 4]
        if head.startswith(b"get /counts"):
            text = b"%d %d %d" % (counts["lines"], counts["bytes"], counts["requests"])
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
            continue
        length = 0
        for line in head.split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        lines = buffer[:length].count(b"\n")
        left = length - min(length, len(buffer))
        del buffer[:length]
        while left > 0:
            count = connection.recv_into(view, min(left, len(view)))
            if count == 0:
                return
            lines += view[:count].tobytes().count(b"\n")
            left -= count
        counts["lines"] += lines
        counts["bytes"] += length
        counts["requests"] += 1
        connection.sendall(RESPONSE)


def main():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(sys.argv[1])))
    server.listen(64)
    while True:
        connection, _ = server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
