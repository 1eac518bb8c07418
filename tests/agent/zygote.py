"""Runs agents that die where they are told to: at the n-th moment at which something happens.

Reads orders as JSON lines, forks an agent for each, and answers how it ended. A moment is before
or after a write to the disk, a connection, bytes to a printer, a call to the desk, a program.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from packbench.agent.commanding import printer_of
from packbench.agent.desk import Desk
from packbench.agent.journal import Journal
from packbench.agent.running import Agent
from packbench.lib.errors import RemoteError

MOST_TURNS = 200


class Moments:
    def __init__(self, die_at):
        self.count, self.die_at = 0, die_at

    def pass_one(self):
        self.count += 1
        if self.count == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, act):
        def acting(*args, **options):
            self.pass_one()
            done = act(*args, **options)
            self.pass_one()
            return done

        return acting


def work(order):
    """Work off all that there is; ends when nothing is left to do or to tell."""
    moments = Moments(order["die_at"])
    os.fsync = moments.around(os.fsync)
    subprocess.run = moments.around(subprocess.run)
    socket.create_connection = moments.around(socket.create_connection)
    socket.socket.sendall = moments.around(socket.socket.sendall)
    socket.socket.shutdown = moments.around(socket.socket.shutdown)
    httpx.Client.send = moments.around(httpx.Client.send)
    Path.replace = moments.around(Path.replace)
    journal = Journal(Path(order["state"]))
    printers = [printer_of(each) for each in order["printers"]]
    for printer in printers:
        if hasattr(printer, "settles_s"):
            printer.settles_s = 0.05
    agent = Agent(
        "bench",
        Desk(order["desk"], order["key"]),
        journal,
        {each.name: each for each in printers},
        say=lambda text: None,
    )
    for _ in range(MOST_TURNS):
        try:
            if not agent.turn() and not agent.ended:
                break
        except RemoteError:
            continue
    return moments.count


def main():
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            code = 1
            try:
                os.write(writer, str(work(json.loads(line))).encode())
                code = 0
            finally:
                os._exit(code)
        os.close(writer)
        _, status = os.waitpid(child, 0)
        said = os.read(reader, 100).decode()
        os.close(reader)
        killed = os.WIFSIGNALED(status)
        failed = not killed and os.WEXITSTATUS(status) != 0
        print(json.dumps({"killed": killed, "failed": failed, "moments": said}), flush=True)


if __name__ == "__main__":
    main()
