"""Printing by CUPS, with `lp`: a job is handed over on hold and released once it is written down.

What is on hold never prints, and what was released twice prints once: so a job that was cut short
anywhere can be taken up again.
"""

import getpass
import os
import re
import subprocess
from typing import Any

from packbench.agent.journal import Journal
from packbench.agent.printers import Interrupted, NotReady, Refused

TIMEOUT_S = 60
REQUEST = re.compile(r"request id is (\S+-\d+)")
ENVIRONMENT = {"LC_ALL": "C", "LANG": "C"}
HELD = "job-hold-until-specified"
ALERTS = (
    ("paper_out", ("media-empty", "media-needed", "marker-supply-empty", "out of paper")),
    ("open", ("cover-open", "door-open")),
    ("unreachable", ("offline", "connecting-to-device", "timed-out")),
    ("paused", ("disabled since", "paused")),
)


class CupsPrinter:
    """A queue of CUPS. Implements Printer."""

    def __init__(self, name: str, queue: str) -> None:
        self.name, self.queue = name, queue

    def problem(self) -> str:
        said = _run("lpstat", "-l", "-p", self.queue)
        if said.returncode:
            return "unknown_printer"
        text = said.stdout.casefold()
        return next((code for code, words in ALERTS if any(word in text for word in words)), "")

    def print(self, job_id: str, content: bytes, format: str, journal: Journal) -> None:
        pending = sorted(self._pending())
        journal.write(job_id, "holding", before=pending)
        raw = ["-o", "raw"] if format == "zpl" else ["-o", "print-scaling=none"]
        words = ["-d", self.queue, "-H", "hold", "-t", f"packbench {job_id}", *raw]
        said = _run("lp", *words, content=content)
        found = REQUEST.search(said.stdout)
        if said.returncode or found is None:
            journal.write(job_id, "not_sent")
            if "too large" in said.stderr or "unsupported" in said.stderr.casefold():
                raise Refused
            raise NotReady(self.problem() or "other")
        journal.write(job_id, "held", request=found[1])
        self._release(job_id, found[1], journal)

    def settle(
        self, job_id: str, content: bytes, format: str, entry: dict[str, Any], journal: Journal
    ) -> None:
        if entry["state"] == "held":
            self._release(job_id, entry["request"], journal)
            return
        self._cancel_orphans(set(entry.get("before", [])))
        journal.write(job_id, "not_sent")
        self.print(job_id, content, format, journal)

    def _release(self, job_id: str, request: str, journal: Journal) -> None:
        said = _run("lp", "-i", request, "-H", "resume")
        if said.returncode and self._is_held(request):
            raise NotReady("other")  # it stays on hold, and is released another time
        # Whatever is no longer on hold was released before: CUPS has it, or printed it.
        journal.write(job_id, "printed")

    def _pending(self) -> set[str]:
        said = _run("lpstat", "-W", "not-completed", "-o", self.queue)
        if said.returncode:
            raise NotReady("unreachable")
        return {line.split()[0] for line in said.stdout.splitlines() if line[:1].strip()}

    def _held(self) -> set[str]:
        """The jobs of ours that are on hold."""
        said = _run("lpstat", "-l", "-W", "not-completed", "-o", self.queue)
        if said.returncode:
            raise NotReady("unreachable")
        held, request, me = set(), "", getpass.getuser()
        for line in said.stdout.splitlines():
            if line[:1].strip():
                request, owner = line.split()[:2]
                request = request if owner == me else ""
            elif HELD in line and request:
                held.add(request)
        return held

    def _is_held(self, request: str) -> bool:
        return request in self._held()

    def _cancel_orphans(self, before: set[str]) -> None:
        """Take back what was handed over on hold and never written down: nothing of it prints."""
        for request in self._held() - before:
            _run("cancel", request)


def queues() -> list[str]:
    """The names of CUPS' queues on this machine; none where there is no CUPS."""
    try:
        said = _run("lpstat", "-e")
    except NotReady:
        return []
    return said.stdout.split() if not said.returncode else []


def _run(*words: str, content: bytes | None = None) -> "subprocess.CompletedProcess[str]":
    """Run one of CUPS' commands. Raises NotReady where there is none, Interrupted on a timeout."""
    try:
        done = subprocess.run(
            words,
            input=content,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            env={**os.environ, **ENVIRONMENT},
        )
    except FileNotFoundError as error:
        raise NotReady("unreachable") from error
    except subprocess.TimeoutExpired as error:
        raise Interrupted from error
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)
