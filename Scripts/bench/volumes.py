"""A volume as the kubelet changes it, and a program that is told of its changes."""

import os
import queue
import shutil
import socket
import threading
import time


class Volume:
    """A directory whose files are swapped at once through the link ..data."""

    def __init__(self, path):
        self.path = path

    def swap(self, number):
        """Writes another version; when it was put in place."""
        name = f"..version_{number}"
        os.makedirs(os.path.join(self.path, name))
        with open(os.path.join(self.path, name, "app.conf"), "w") as file:
            file.write(f"version {number}\n" * 100)
        link = os.path.join(self.path, "..data")
        old = os.readlink(link) if os.path.islink(link) else None
        os.symlink(name, link + "_tmp")
        before = time.monotonic()
        os.rename(link + "_tmp", link)
        if old is None:
            os.symlink("..data/app.conf", os.path.join(self.path, "app.conf"))
        else:
            shutil.rmtree(os.path.join(self.path, old))
        return before


class Hook(threading.Thread):
    """Takes the requests of a reloader, and notes when each came."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.came = queue.Queue()

    def run(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            if stream.recv(65536):
                self.came.put(time.monotonic())
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            stream.close()
