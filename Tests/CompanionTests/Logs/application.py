"""Writes numbered lines into two logs as applications do, and rotates them: one by renaming, one by copying and emptying.

Each line is written whole, `{"n":5,"f":"renamed"}`. At SIGTERM it ends and prints how many lines each log got.
Usage: application.py DIRECTORY SEED LINES-PER-SECOND REFUSE-EVERY
"""

import json
import os
import random
import shutil
import signal
import sys
import time

directory, seed, rate, refuse = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
chance = random.Random(seed)
ended = False


def end(*_):
    global ended
    ended = True


signal.signal(signal.SIGTERM, end)


class Log:
    def __init__(self, name):
        self.name, self.path = name, f"{directory}/{name}.log"
        self.count, self.rotations = 0, 0
        self.open()
        self.later()

    def open(self):
        self.descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def later(self):
        self.due = time.monotonic() + chance.uniform(0.1, 0.6)

    def write(self, lines):
        text = ""
        for _ in range(lines):
            self.count += 1
            line = {"n": self.count, "f": self.name}
            if self.count % refuse == 0:
                line["x"] = "refuse"
            text += json.dumps(line) + "\n"
        os.write(self.descriptor, text.encode())

    def rotate(self):
        self.rotations += 1
        target = f"{self.path}.{self.rotations}"
        if self.name == "renamed":
            os.rename(self.path, target)
            # What the application writes before it opens the new file goes into the old one.
            self.write(3)
            os.close(self.descriptor)
            self.open()
        else:
            shutil.copyfile(self.path, target)
            os.ftruncate(self.descriptor, 0)
        self.later()


logs = [Log("renamed"), Log("copied")]
began, written = time.monotonic(), 0
while not ended:
    time.sleep(0.005)
    wanted = int((time.monotonic() - began) * rate)
    for log in logs:
        log.write(max(0, wanted - written) // 2)
        if time.monotonic() >= log.due:
            log.rotate()
    written = wanted
print(json.dumps({log.name: log.count for log in logs}))
