"""Printers to print on, whose ledgers say what came out."""

import re
import socket
import sys
import threading
from pathlib import Path

LABEL = re.compile(rb"\^XA.*?\^XZ", re.DOTALL)
HOST_STATUS = (
    b"\x02030,{paper},{pause},1245,000,0,0,0,000,0,0,0\x03\r\n"
    b"\x02000,0,{open},0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
)


class FakeZebra:
    """A label printer on a port: it counts its labels and answers what it is asked.

    What came in part stays in its buffer, until a whole label, or ~JA, ends it.
    """

    def __init__(self, *, speaks=True):
        self.speaks = speaks
        self.printed = []
        self.flags = {"paper": 0, "pause": 0, "open": 0}
        self._rest = b""
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._server.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection):
        with connection:
            while True:
                try:
                    part = connection.recv(65536)
                except OSError:
                    return
                if not part:
                    return
                answer = self._take(part)
                if answer and self.speaks:
                    connection.sendall(answer)

    def _take(self, part):
        with self._lock:
            self._rest += part
            if b"~JA" in self._rest:
                self._rest = self._rest.rsplit(b"~JA", 1)[1]
            for label in LABEL.findall(self._rest):
                self.printed.append(label)
            self._rest = LABEL.sub(b"", self._rest)
            answer = b""
            if b"~HS" in self._rest:
                self._rest = self._rest.replace(b"~HS", b"")
                for name, flag in self.flags.items():
                    answer = (answer or HOST_STATUS).replace(b"{%b}" % name.encode(), b"%d" % flag)
            if b"getvar" in self._rest:
                self._rest = re.sub(rb"! U1 getvar[^\r]*\r\n", b"", self._rest)
                answer += b'"%d"' % len(self.printed)
            return answer


class FakeCups:
    """`lp` and its like in a folder for PATH, and the ledger of what they printed."""

    def __init__(self, folder):
        self.home, self.bin = folder / "cups", folder / "bin"
        self.home.mkdir()
        self.bin.mkdir()
        source = (Path(__file__).parent / "fake_cups.py").read_text()
        for name in ("lp", "lpstat", "cancel"):
            program = self.bin / name
            program.write_text(f"#!{sys.executable} -SE\n{source}")
            program.chmod(0o755)

    @property
    def printed(self):
        ledger = self.home / "ledger"
        return ledger.read_text().split() if ledger.exists() else []

    @property
    def held(self):
        return [path for path in self.home.glob("job-*") if '"held"' in path.read_text()]

    def environment(self):
        import os

        return {"PATH": f"{self.bin}:{os.environ['PATH']}", "FAKE_CUPS": str(self.home)}
