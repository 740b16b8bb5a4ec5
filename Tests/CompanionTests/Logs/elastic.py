"""Takes bulk requests as Elasticsearch does, and writes each accepted document down as a line of JSON.

A file `mode` beside the output says how it behaves: `ok`; `down` (503 to everything); `items` (a document whose text
has `refuse` is refused with 400, one with `later` gets 429 the first time); `garbage` (200 and no JSON); `hang` (no answer).
Usage: elastic.py PORT OUTPUT MODE-FILE
"""

import gzip
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, output, mode_file = int(sys.argv[1]), sys.argv[2], sys.argv[3]
delayed = set()


def mode():
    try:
        with open(mode_file) as file:
            return file.read().strip()
    except FileNotFoundError:
        return "ok"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text, kind="application/json"):
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, '{"version":{"number":"8.11.0"}}')

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        kind = mode()
        if kind == "hang":
            time.sleep(3600)
        if kind == "down":
            self.answer(503, '{"error":"unavailable"}')
            return
        lines = body.decode("utf-8").split("\n")
        items, kept, failed = [], [], False
        for place in range(0, len(lines) - 1, 2):
            action = json.loads(lines[place])
            document = json.loads(lines[place + 1])
            verb = next(iter(action))
            text = json.dumps(document)
            status = 201
            if kind == "items" and "refuse" in text:
                status = 400
            elif kind == "items" and "later" in text and text not in delayed:
                delayed.add(text)
                status = 429
            item = {"_index": action[verb]["_index"], "status": status}
            if status >= 300:
                failed = True
                item["error"] = {"type": "mapper_parsing_exception" if status == 400 else "es_rejected_execution_exception",
                                 "reason": "test"}
            else:
                kept.append(json.dumps({"action": verb, "meta": action[verb], "document": document}) + "\n")
            items.append({verb: item})
        descriptor = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(descriptor, "".join(kept).encode())
        os.close(descriptor)
        if kind == "garbage":
            self.answer(200, "<html>no</html>", "text/html")
            return
        self.answer(200, json.dumps({"took": 1, "errors": failed, "items": items}))

    do_PUT = do_POST

    def log_message(self, *words):
        pass


ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
