"""What the programs that play clients and hosts have in common."""

import socket
import struct
import sys
import threading

problems = []
lock = threading.Lock()


def wrong(text):
    with lock:
        problems.append(text)


def check(condition, text):
    if not condition:
        wrong(text)


def end():
    """Prints what did not hold, and ends with 1 if there is anything."""
    for text in problems[:20]:
        print(text)
    sys.stdout.flush()
    import os

    os._exit(1 if problems else 0)


def connect(port, timeout=5.0):
    found = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def cut(connection):
    """Ends a connection with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_all(connection, timeout):
    """What comes until the end, a reset or the timeout, and which of these it was."""
    data = b""
    connection.settimeout(timeout)
    try:
        while True:
            piece = connection.recv(65536)
            if not piece:
                return data, "end"
            data += piece
    except socket.timeout:
        return data, "timeout"
    except OSError:
        return data, "reset"


class Reader:
    """Messages of a connection, one after the other; refuses what is not plain."""

    def __init__(self, connection):
        self.connection = connection
        self.data = b""

    def more(self):
        piece = self.connection.recv(65536)
        if not piece:
            raise EOFError
        self.data += piece

    def until(self, mark):
        while mark not in self.data:
            if len(self.data) > 200_000:
                raise ValueError("no end of a head")
            self.more()
        found, self.data = self.data.split(mark, 1)
        return found

    def exactly(self, count):
        while len(self.data) < count:
            self.more()
        found, self.data = self.data[:count], self.data[count:]
        return found

    def message(self, bodiless=False):
        head = self.until(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        fields = []
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon or name.strip() != name or not name:
                raise ValueError("a bad field %r" % line)
            if any(byte < 32 and byte != 9 for byte in line) or 127 in line:
                raise ValueError("control characters in %r" % line)
            fields.append((name.lower(), value.strip()))
        lengths = [value for name, value in fields if name == b"content-length"]
        codings = [value for name, value in fields if name == b"transfer-encoding"]
        if len(lengths) + len(codings) > 1:
            raise ValueError("two lengths: %r" % head)
        body = b""
        status = lines[0].split(b" ")[1] if lines[0].startswith(b"HTTP") else b""
        if bodiless or status[:1] == b"1" or status in (b"204", b"304"):
            pass
        elif lengths:
            if not lengths[0].isdigit():
                raise ValueError("a bad length %r" % lengths[0])
            body = self.exactly(int(lengths[0]))
        elif codings:
            if codings[0] != b"chunked":
                raise ValueError("an unknown coding %r" % codings[0])
            while True:
                size = self.until(b"\r\n")
                if not size or any(byte not in b"0123456789abcdefABCDEF" for byte in size):
                    raise ValueError("a bad size of a chunk %r" % size)
                count = int(size, 16)
                if count == 0:
                    while self.until(b"\r\n"):
                        pass
                    break
                body += self.exactly(count)
                if self.exactly(2) != b"\r\n":
                    raise ValueError("a chunk without an end")
        return lines[0], fields, body


class Recorder:
    """A host that writes down every request, and complains of what is not plain."""

    def __init__(self, port, address="127.0.0.1", answer=b"ok"):
        self.requests = []
        self.answer = answer
        self.listener = socket.create_server((address, port), backlog=1024)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        reader = Reader(connection)
        try:
            while True:
                line, fields, body = reader.message()
                with lock:
                    self.requests.append((line, fields, body))
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self.answer)
                    + (b"" if line.startswith(b"HEAD ") else self.answer)
                )
        except (EOFError, OSError):
            # What is left was a part of a request.
            pass
        except ValueError as error:
            wrong("the host got %s" % error)
            connection.close()

    def close(self):
        self.listener.close()


def ask(connection, path="/", reader=None):
    """Asks once on a connection that is kept."""
    connection.sendall(b"GET %s HTTP/1.1\r\nHost: a.test\r\n\r\n" % path.encode())
    return (reader or Reader(connection)).message()
