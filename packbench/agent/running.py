"""Running: turn after turn, print what comes, and outlive network, desk and printers."""

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from packbench.agent.desk import Desk, Job
from packbench.agent.journal import Journal
from packbench.agent.printers import Interrupted, NotReady, Printer, Refused, is_begun, put
from packbench.lib.errors import RemoteError, TemporaryError

PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
LOOK_S = 20.0  # how often printers are asked how they are


@dataclass(slots=True)
class Agent:
    """An agent with its printers. `ended` is what the desk was not told yet."""

    name: str
    desk: Desk
    journal: Journal
    printers: dict[str, Printer]
    say: Callable[[str], None] = print
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)  # printers take one at a time

    def turn(self) -> bool:
        """One turn. Returns whether there may be more to do at once. Raises RemoteError."""
        answer = self.desk.turn(
            {
                "agent": self.name,
                "journal": self.journal.id,
                "printers": [
                    {"name": name, "problem": self.problems.get(name, "")} for name in self.printers
                ],
                "ended": list(self.ended.values()),
            }
        )
        for job_id in answer.acknowledged:
            self.ended.pop(job_id, None)
        if answer.job is None:
            return False
        self.ended[answer.job.id] = {"id": answer.job.id, **self._printed(answer.job)}
        return True

    def look_at_printers(self) -> None:
        """Ask each printer how it is, unless one of them is printing."""
        for name, printer in self.printers.items():
            if not self.lock.acquire(blocking=False):
                return
            try:
                self.problems[name] = printer.problem()
            except NotReady as error:
                self.problems[name] = error.code
            except Interrupted:
                self.problems[name] = "unreachable"
            finally:
                self.lock.release()

    def _printed(self, job: Job) -> dict[str, Any]:
        """Print it, and say what became of it."""
        printer = self.printers.get(job.printer)
        if printer is None:
            return {"outcome": "later", "problem": "unknown_printer", "begun": False}
        try:
            with self.lock:
                put(printer, job.id, job.content, job.format, self.journal)
        except NotReady as error:
            self.problems[job.printer] = error.code
            begun = is_begun(self.journal, job.id)
            return {"outcome": "later", "problem": error.code, "begun": begun}
        except Interrupted as error:
            self.say(f"{job.id}: {job.printer} {error.code}")
            return {"outcome": "doubtful", "problem": error.code}
        except Refused:
            return {"outcome": "failed", "problem": "refused"}
        self.problems[job.printer] = ""
        self.say(f"{job.id}: {job.printer}")
        return {"outcome": "printed"}


def run(agent: Agent, *, pause_s: float = PAUSE_S) -> None:
    """Work until SIGTERM or Ctrl-C. A job that is being printed is ended first."""
    stop = threading.Event()

    def stopped(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, stopped)
    signal.signal(signal.SIGINT, stopped)
    threading.Thread(target=_watch, args=[agent, stop], daemon=True).start()
    wait = pause_s
    while not stop.is_set():
        try:
            wait = 0.0 if agent.turn() else pause_s
        except RemoteError as error:
            wait = _after(error, max(wait, pause_s))
            agent.say(str(error))
        stop.wait(wait)


def _after(error: RemoteError, last: float) -> float:
    """How long to leave the desk alone."""
    asked = error.retry_after if isinstance(error, TemporaryError) else None
    return asked or min(2 * last, LONGEST_PAUSE_S)


def _watch(agent: Agent, stop: threading.Event) -> None:
    while not stop.is_set():
        agent.look_at_printers()
        stop.wait(LOOK_S)


def complain(text: Any) -> int:
    print(text, file=sys.stderr)
    return 2
