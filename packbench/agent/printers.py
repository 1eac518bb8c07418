"""Printers: how a job gets to one, and how a job that was cut short is settled.

A printer raises NotReady where nothing was sent, and Interrupted where nobody can know.
"""

from typing import Any, Protocol

from packbench.agent.journal import Journal


class NotReady(Exception):
    """Nothing was sent to the printer; `code` says what is wrong with it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Interrupted(Exception):
    """It may have been printed, whole or in part; `code` says which."""

    def __init__(self, code: str = "interrupted") -> None:
        super().__init__(code)
        self.code = code


class Refused(Exception):
    """The printer will never print it."""


class Printer(Protocol):
    """One printer of this machine."""

    name: str

    def problem(self) -> str:
        """The code of what is wrong with it; "" where nothing is."""

    def print(self, job_id: str, content: bytes, format: str, journal: Journal) -> None:
        """Print it, writing to the journal before and after. Returns when it is printed."""

    def settle(
        self, job_id: str, content: bytes, format: str, entry: dict[str, Any], journal: Journal
    ) -> None:
        """End what the journal says was begun: print it if, and only if, it was not printed."""


def put(printer: Printer, job_id: str, content: bytes, format: str, journal: Journal) -> None:
    """Print the job unless the journal knows that it was. Safe to run again after any death.

    Raises NotReady, Interrupted, Refused.
    """
    entry = journal.entry(job_id)
    if entry is None or not is_begun(journal, job_id):
        printer.print(job_id, content, format, journal)
    elif entry["state"] != "printed":
        printer.settle(job_id, content, format, entry, journal)


def is_begun(journal: Journal, job_id: str) -> bool:
    """Whether a printer may have heard of the job."""
    entry = journal.entry(job_id)
    return entry is not None and entry["state"] != "not_sent"
