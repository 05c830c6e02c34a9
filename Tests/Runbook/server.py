#!/usr/bin/env python3
"""A small HTTP server for the checks: writes its port to argv[1] and every request to argv[2].

/status/N answers with N; /cut reads the request and closes the connection; /ready answers 503 until the file argv[3]
exists; /secret answers 200 only with the bearer token in argv[4], and /token tells it; /echo answers with the request's body.
"""
import http.server
import json
import os
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        with open(sys.argv[2], "a") as ledger:
            ledger.write(f"{self.command} {self.path} {self.headers.get('X-Essai', '-')} {body.decode()}\n")
        if self.path == "/cut":
            self.close_connection = True
            return
        status = 200
        if self.path.startswith("/status/"):
            status = int(self.path.rsplit("/", 1)[1])
        elif self.path == "/ready":
            status = 200 if os.path.exists(sys.argv[3]) else 503
        elif self.path == "/secret":
            status = 200 if self.headers.get("Authorization") == f"Bearer {sys.argv[4]}" else 401
        reply = body if self.path == "/echo" else b"17\n"
        if self.path == "/token":
            reply = json.dumps({"token": sys.argv[4]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as port:
    port.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
