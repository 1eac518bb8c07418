"""Printing to port 9100: the bytes go straight to the printer.

Nothing there names a job. A label printer of Zebra's counts its labels, though: the journal notes
the count before a job, and after a death the difference says how much of it was printed. Other
printers cannot say; then the job is in doubt.
"""

import hashlib
import re
import socket
import time
from dataclasses import dataclass
from typing import Any

from packbench.agent.journal import Journal
from packbench.agent.printers import Interrupted, NotReady

PORT = 9100
CONNECT_S, SEND_S, ANSWER_S, IDLE_S, SETTLE_S = 5.0, 60.0, 2.0, 60.0, 3.0
CLEAR = b"~JA"  # forget a label that came in part
COUNTER = b'! U1 getvar "odometer.total_label_count"\r\n'
STATUS = b"~HS"
LABEL = re.compile(rb"\^XA.*?\^XZ\s*", re.DOTALL)
NUMBER = re.compile(rb'"(\d+)')
STATUS_LINES = re.compile(rb"\x02([^\x03]*)\x03")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the printer says of itself: labels still to print, and the code of a problem."""

    waiting: int
    problem: str


class RawPrinter:
    """A printer that takes bytes on a port of its own. Implements Printer."""

    def __init__(self, name: str, host: str, port: int = PORT) -> None:
        self.name, self.host, self.port = name, host, port
        self.settles_s = SETTLE_S
        self._is_mute = False  # it does not answer; asked once for each run of the agent

    def problem(self) -> str:
        if self._is_mute:
            return "" if self._is_there() else "unreachable"
        try:
            standing = self._standing()
        except OSError:
            return "unreachable"
        return standing.problem if standing else ""

    def print(self, job_id: str, content: bytes, format: str, journal: Journal) -> None:
        if code := self.problem():
            raise NotReady(code)
        labels = _labels(content, format)
        count = self._counted() if labels else None
        self._send(job_id, labels or [content], count, 0, _digest(content), journal)

    def settle(
        self, job_id: str, content: bytes, format: str, entry: dict[str, Any], journal: Journal
    ) -> None:
        labels = _labels(content, format)
        if entry.get("count") is None or not labels or entry["digest"] != _digest(content):
            raise Interrupted
        time.sleep(self.settles_s)  # what was under way when we died may still arrive
        self._wait_until_idle()
        now = self._counted()
        if now is None:
            raise NotReady("unreachable")
        printed = entry["done"] + now - entry["count"]
        if not entry["done"] <= printed <= len(labels):
            raise Interrupted("partly")
        if printed == len(labels):
            journal.write(job_id, "printed")
            return
        self._send(job_id, labels, now, printed, entry["digest"], journal, is_rest=True)

    def _send(
        self,
        job_id: str,
        labels: list[bytes],
        count: int | None,
        done: int,
        digest: str,
        journal: Journal,
        *,
        is_rest: bool = False,
    ) -> None:
        """Send what is not printed yet. Nothing is sent before the journal says so."""
        try:
            connection = self._connected()
        except OSError as error:
            raise NotReady("unreachable") from error
        with connection:
            journal.write(job_id, "sending", count=count, done=done, digest=digest)
            try:
                connection.settimeout(SEND_S)
                rest = b"".join(labels[done:])
                connection.sendall(CLEAR + rest if is_rest else rest)
                connection.shutdown(socket.SHUT_WR)
                _drain(connection)
            except OSError as error:
                if count is None:
                    raise Interrupted from error
                raise NotReady("unreachable") from error
        journal.write(job_id, "printed")

    def _wait_until_idle(self) -> None:
        """Let the printer end what it has. Raises NotReady: it has not, and is asked again."""
        ends_at = time.monotonic() + IDLE_S
        while True:
            try:
                standing = self._standing()
            except OSError as error:
                raise NotReady("unreachable") from error
            if standing is None or (standing.waiting == 0 and not standing.problem):
                return
            if standing.problem or time.monotonic() > ends_at:
                raise NotReady(standing.problem or "other")
            time.sleep(0.2)

    def _standing(self) -> Standing | None:
        """What the printer answers to ~HS; None where it does not speak that."""
        said = self._asked(STATUS, lambda answer: answer.count(b"\x03") >= 2)
        lines = [line.split(b",") for line in STATUS_LINES.findall(said)]
        if len(lines) < 2 or len(lines[0]) < 5 or len(lines[1]) < 9:
            self._is_mute = True
            return None
        first, second = lines[0], lines[1]
        flags = (
            ("paper_out", first[1]),
            ("paused", first[2]),
            ("open", second[2]),
            ("paper_out", second[3]),
        )
        problem = next((code for code, flag in flags if flag.strip() == b"1"), "")
        return Standing(_number(first[4]) + _number(second[8]), problem)

    def _counted(self) -> int | None:
        """How many labels it ever printed; None where it does not count."""
        if self._is_mute:
            return None
        try:
            said = self._asked(COUNTER, lambda answer: answer.count(b'"') >= 2)
        except OSError:
            return None
        found = NUMBER.search(said)
        return int(found[1]) if found else None

    def _asked(self, question: bytes, is_whole: Any) -> bytes:
        answer = b""
        with self._connected() as connection:
            connection.sendall(question)
            connection.settimeout(ANSWER_S)
            try:
                while not is_whole(answer) and len(answer) < 4096:
                    part = connection.recv(1024)
                    if not part:
                        break
                    answer += part
            except TimeoutError:
                pass
        return answer

    def _is_there(self) -> bool:
        try:
            self._connected().close()
        except OSError:
            return False
        return True

    def _connected(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=CONNECT_S)


def _labels(content: bytes, format: str) -> list[bytes]:
    """The labels of a ZPL job, one by one; none of what is no ZPL."""
    return LABEL.findall(content) if format == "zpl" else []


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _number(text: bytes) -> int:
    digits = text.strip()
    return int(digits) if digits.isdigit() else 0


def _drain(connection: socket.socket) -> None:
    """Read until the printer closes, so that it has all before we say so; it need not."""
    connection.settimeout(ANSWER_S)
    try:
        while connection.recv(1024):
            continue
    except TimeoutError:
        pass
