"""A mail server that fails on purpose and keeps its own log: the witness of kills.sh, clock_jumps.sh and soak.sh.

    mail_server.py LOG READY [--clock FILE] [--hook FILE] [--faults FILE --share S --seed N] [--keep DIR]

It listens on a free port of 127.0.0.1, without TLS, takes any login, and writes its port to READY once it listens.
LOG gets one JSON object a line. It is written before the client can have read the answer; `accepted` is the moment
from which the message is the server's, whatever the client comes to hear of it.

--clock   the file that moves the program's clock (libfaketime): its distance goes into `clock` of each line
--faults  as long as this file is there, the share S of connections and of messages fails, as drawn with seed N
--keep    accepted messages are written there, as NUMBER-RECIPIENT
--hook    a file that says `PHASE RECIPIENT SIGNAL PIDFILE`: when PHASE is first reached for RECIPIENT, the process
          gets SIGNAL, and the server goes on. Before RCPT no recipient is known: there any connection will do.

The faults are those of mail_faults.py.
"""

import argparse
import asyncio
import email
import hashlib
import json
import os
import random
import signal
import time
from datetime import datetime, timezone
from pathlib import Path

import mail_faults

SLOW = 2.0
REFUSES_FOR = 1.0


class Gone(Exception):
    """The connection is over."""


class Server:
    def __init__(self, options):
        self.options = options
        self.log_file = open(options.log, "a", buffering=1, encoding="utf-8")
        self.random = random.Random(options.seed)
        self.connections = 0
        self.kept = 0
        self.port = 0
        self.listener = None

    async def listen(self):
        self.listener = await asyncio.start_server(self.serve, "127.0.0.1", self.port, limit=1 << 20)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        self.connections += 1
        await Connection(self, self.connections, reader, writer).serve()

    async def refuse_for_a_while(self):
        self.listener.close()
        await asyncio.sleep(REFUSES_FOR)
        await self.listen()

    def draw(self, faults):
        """The fault of this connection or message, if it has one."""
        options = self.options
        is_on = options.faults and options.faults.exists() and self.random.random() < options.share
        return mail_faults.draw(faults, self.random) if is_on else None

    def clock(self):
        try:
            distance = float(self.options.clock.read_text().strip().rstrip("s"))
        except (AttributeError, OSError, ValueError):
            distance = 0.0
        return datetime.fromtimestamp(time.time() + distance, timezone.utc).isoformat(timespec="milliseconds")

    def log(self, **what):
        self.log_file.write(json.dumps({"at": time.time(), "clock": self.clock(), **what}) + "\n")

    def keep(self, message, recipient):
        self.kept += 1
        if self.options.keep:
            (self.options.keep / f"{self.kept:06}-{recipient}").write_bytes(message)


class Connection:
    def __init__(self, server, number, reader, writer):
        self.server, self.number, self.reader, self.writer = server, number, reader, writer
        self.fault = server.draw(mail_faults.ON_CONNECTIONS)
        self.message = {}
        self.recipients = []

    def log(self, event, **what):
        self.server.log(connection=self.number, event=event, **self.message, recipients=list(self.recipients), **what)

    async def serve(self):
        try:
            await self.answer("connected", "220 mail.example ESMTP")
            while True:
                await self.command((await self.line()).decode("utf-8", "replace").strip())
        except (Gone, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.log("closed")
            self.writer.close()

    async def line(self):
        return await self.reader.readuntil(b"\n")

    async def command(self, line):
        verb = line.split(" ")[0].upper()
        address = line.partition("<")[2].partition(">")[0]
        if verb == "EHLO":
            await self.answer("ehlo", "250-mail.example\r\n250-AUTH PLAIN\r\n250 8BITMIME", said=line)
        elif verb == "AUTH":
            await self.answer("auth", "235 welcome")
        elif verb == "MAIL":
            self.message = {"from": address, "mail_at": time.time(), "mail_clock": self.server.clock()}
            self.recipients = []
            self.fault = self.server.draw(mail_faults.ON_MESSAGES)
            await self.answer("mail", "250 go on", said=line)
        elif verb == "RCPT":
            where = "copy" if self.recipients else "rcpt"
            self.recipients.append(address)
            if not await self.answer(where, "250 go on", said=line):
                self.recipients.pop()
        elif verb == "DATA" and self.recipients:
            if await self.answer("data", "354 go on"):
                await self.body()
        elif verb in ("QUIT", "RSET", "NOOP"):
            await self.answer(verb.lower(), "221 bye" if verb == "QUIT" else "250 fine")
            if verb == "QUIT":
                raise Gone
        else:
            await self.answer("unknown", "503 not now", said=line)

    async def body(self):
        lines = [await self.line()]
        await self.reached("body")
        if self.fault == ("drop", "body"):
            self.log("fault", fault="drop-body")
            raise Gone
        while lines[-1] != b".\r\n":
            lines.append(await self.line())
        message = b"".join(line[1:] if line.startswith(b".") else line for line in lines[:-1])
        head = email.message_from_bytes(message)
        self.message |= {
            "message_id": head["Message-ID"],
            "subject": head["Subject"],
            "sha256": hashlib.sha256(message.partition(b"\r\n\r\n")[2]).hexdigest(),
            # Of the words alone: how lines are broken on the way is the sender's own business.
            "words": hashlib.sha256(b" ".join((head.get_payload(decode=True) or b"").split())).hexdigest(),
        }
        await self.reached("dot")
        if self.fault and self.fault[1] == "dot":
            await self.say("dot", "")
            return
        self.server.keep(message, self.recipients[0])
        await self.answer("accepted", "250 it is ours")
        await self.reached("answered")

    async def answer(self, phase, usual, **what):
        """Whether the usual answer was given."""
        await self.reached(phase, **what)
        return await self.say(phase, usual)

    async def reached(self, phase, **what):
        self.log(phase, **what)
        hook = self.server.options.hook
        if not hook or not hook.exists():
            return
        wanted, recipient, name, pid_file = hook.read_text().split()
        if wanted == phase and (not self.recipients or recipient in self.recipients):
            hook.unlink()
            pid = int(Path(pid_file).read_text())
            os.kill(pid, getattr(signal, f"SIG{name}"))
            # Killed, it must be gone before anything is answered; asked to end, it must have been told.
            for _ in range(500):
                if name != "KILL" or has_ended(pid):
                    break
                await asyncio.sleep(0.01)
            if name != "KILL":
                await asyncio.sleep(0.1)
            self.log("hook", phase=phase, signal=name, pid=pid)

    async def say(self, phase, usual):
        what = self.fault[0] if self.fault and self.fault[1] == phase else None
        if what:
            self.fault = None
        said = mail_faults.words(what, usual)
        self.log("answer", phase=phase, answer=said, **({"fault": f"{what}-{phase}"} if what else {}))
        if what == "refuse":
            self.writer.transport.abort()
            asyncio.get_running_loop().create_task(self.server.refuse_for_a_while())
        if what == "slow":
            await asyncio.sleep(SLOW)
        line = said.encode() + (b"" if what in mail_faults.WITHOUT_LINE_END else b"\r\n")
        for piece in [line[at : at + 1] for at in range(len(line))] if what == "trickle" else [line]:
            self.writer.write(piece)
            await self.writer.drain()
            if what == "trickle":
                await asyncio.sleep(0.05)
        if what in mail_faults.HANGS_UP:
            raise Gone
        return what in mail_faults.GOES_ON


def has_ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("ready", type=Path)
    for name in ("clock", "hook", "faults", "keep"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1)
    server = Server(parser.parse_args())
    await server.listen()
    server.options.ready.write_text(f"{server.port}\n")
    await asyncio.Event().wait()


asyncio.run(main())
