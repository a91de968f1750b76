"""A mail server that repeats whatever it is told, a login above all: what it answers ends up in logs, in the database and
in mails, so that nothing of a login may be in what is made of it.

    echoing_server.py LOG READY MODE KEEP

It listens on a free port of 127.0.0.1, without TLS, and writes its port to READY. LOG gets every byte that it hears. The
file MODE says how it answers a login (PLAIN, or LOGIN where the mode ends with `-login`): `accept`, `refuse`, `defer`,
`garbage` or `drop`. Accepted messages are written into the folder KEEP.
"""

import base64
import itertools
import socketserver
import sys
from pathlib import Path

log, ready, mode_file, keep = map(Path, sys.argv[1:])
numbers = itertools.count(1)


class Conversation(socketserver.StreamRequestHandler):
    def say(self, *lines):
        for number, line in enumerate(lines, 1):
            code, text = line[:3], line[4:]
            sign = " " if number == len(lines) else "-"
            self.wfile.write(f"{code}{sign}{text}\r\n".encode())

    def hear(self):
        line = self.rfile.readline()
        with log.open("ab") as file:
            file.write(line)
        return line.decode("utf-8", "replace").rstrip("\r\n")

    def handle(self):
        self.mode, _, mechanism = mode_file.read_text().strip().partition("-")
        self.say("220 mail.example")
        while line := self.hear():
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                self.say("250 mail.example", "250 8BITMIME", f"250 AUTH {mechanism.upper() or 'PLAIN'}")
            elif verb == "AUTH":
                if not self.login(line):
                    return
            elif verb == "DATA":
                self.say("354 go on")
                self.message()
                self.say("250 it is ours")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 go on")

    def login(self, line):
        """Whether the conversation goes on."""
        answers = [line]
        if line.upper().startswith("AUTH LOGIN"):
            for challenge in (b"Username:", b"Password:"):
                self.say(f"334 {base64.b64encode(challenge).decode()}")
                answers.append(self.hear())
        said = [word for answer in answers for word in answer.split()]
        decoded = [self.decoded(word) for word in said[2:]]
        passwords = [text.rpartition("\0")[2] for text in decoded]
        echo = [f"you said {text!a}" for text in decoded] + [f"your password is {text}" for text in passwords]
        echo += [f"you typed <{answer}>" for answer in answers] + [f"in other words: x{''.join(said[2:])}"]
        if self.mode == "drop":
            self.wfile.write(f"535 5.7.8 {echo[-1]} and".encode())
            return False
        if self.mode == "garbage":
            self.wfile.write(("\r\n".join(echo) + "\r\n").encode())
            return False
        code = {"accept": "235 2.7.0", "refuse": "535 5.7.8", "defer": "454 4.7.0"}[self.mode]
        self.say(*[f"{code} {text}" for text in ["as it is here:", *echo]])
        return True

    @staticmethod
    def decoded(word):
        try:
            return base64.b64decode(word + "==").decode("utf-8", "replace")
        except ValueError:
            return word

    def message(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        (keep / f"{next(numbers):04}").write_bytes(b"".join(lines))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", 0), Conversation) as server:
    ready.write_text(f"{server.server_address[1]}\n")
    server.serve_forever()
