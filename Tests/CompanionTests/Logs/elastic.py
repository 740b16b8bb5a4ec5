"""Takes bulk requests as Elasticsearch does, and writes each accepted document down as a line of JSON with the time.

A file `mode` beside the output says how it behaves:
`ok`; `down` (503 to everything); `busy` (429 to everything); `slow` (half a second for each request);
`items` (a document whose text has `refuse` is refused with 400, one with `later` gets 429 the first time);
`partial` (as `items`, and one document of five gets 429); `garbage` (200 and no JSON); `hang` (no answer);
`lost` (takes everything and closes the connection without an answer).
Usage: elastic.py PORT OUTPUT MODE-FILE [CERTIFICATE KEY]
"""

import gzip
import json
import os
import random
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, output, mode_file = int(sys.argv[1]), sys.argv[2], sys.argv[3]
identity = sys.argv[4:6]
delayed = set()
chance = random.Random(1)


def mode():
    try:
        with open(mode_file) as file:
            return file.read().strip()
    except FileNotFoundError:
        return "ok"


def status(kind, text):
    if kind in ("items", "partial") and "refuse" in text:
        return 400
    if kind == "items" and "later" in text and text not in delayed:
        delayed.add(text)
        return 429
    return 429 if kind == "partial" and chance.random() < 0.2 else 201


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
        if kind == "slow":
            time.sleep(0.5)
        if kind in ("down", "busy"):
            self.answer(503 if kind == "down" else 429, '{"error":"unavailable"}')
            return
        lines = body.decode("utf-8").split("\n")
        items, kept, failed, now = [], [], False, time.time()
        for place in range(0, len(lines) - 1, 2):
            action = json.loads(lines[place])
            document = json.loads(lines[place + 1])
            verb = next(iter(action))
            item = {"_index": action[verb]["_index"], "status": status(kind, lines[place + 1])}
            if item["status"] >= 300:
                failed = True
                item["error"] = {
                    "type": "mapper_parsing_exception" if item["status"] == 400 else "es_rejected_execution_exception",
                    "reason": "test",
                }
            else:
                entry = {"action": verb, "meta": action[verb], "document": document, "time": now}
                kept.append(json.dumps(entry) + "\n")
            items.append({verb: item})
        descriptor = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(descriptor, "".join(kept).encode())
        os.close(descriptor)
        if kind == "lost":
            self.close_connection = True
        elif kind == "garbage":
            self.answer(200, "<html>no</html>", "text/html")
        else:
            self.answer(200, json.dumps({"took": 1, "errors": failed, "items": items}))

    do_PUT = do_POST

    def log_message(self, *words):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    def finish_request(self, request, address):
        if identity:
            # The certificate may be another one by now.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*identity)
            request = context.wrap_socket(request, server_side=True)
        super().finish_request(request, address)

    def handle_error(self, request, address):
        # A client that was killed, or does not like the certificate.
        pass


Server(("127.0.0.1", port), Handler).serve_forever()
