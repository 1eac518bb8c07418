"""The lines of a connection test, as a page shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.channels.models import SellerAccount
from packbench.channels.probing import NAMES, Check, State, is_running
from packbench.channels.troubles.catalog import trouble_of
from packbench.lib.sentences import Sentence
from packbench.web.explaining import About, Explained, explain
from packbench.web.saying import say

# Badge, icon and word of each state.
SHOWN: dict[State, tuple[str, str, Any]] = {
    State.OK: ("ok", "check", _("Works")),
    State.WARNING: ("warn", "warning", _("Attention")),
    State.BAD: ("bad", "error", _("Does not work")),
    State.UNTESTED: ("", "info", _("Not tested")),
    State.WAITING: ("info", "clock", _("Waiting")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, how it ended, and the trouble where there is one."""

    name: str
    kind: str
    icon: str
    word: Any
    said: str
    ms: int | None
    request_id: str
    error: dict[str, Any]
    trouble: Explained


@dataclass(frozen=True, slots=True)
class Tested:
    """A test: its lines, how far it got, whether it runs or was cut short."""

    lines: list[Line]
    is_running: bool
    was_cut: bool

    @property
    def all(self) -> int:
        return len(self.lines)

    @property
    def done(self) -> int:
        return sum(line.icon != "clock" for line in self.lines)


def read_test(account: SellerAccount, *, now: datetime) -> Tested:
    runs = is_running(account, now=now)
    waits = any(line["state"] == State.WAITING for line in account.findings)
    lines = [_line(each) for each in account.findings]
    return Tested(lines, runs, was_cut=waits and not runs)


def _line(stored: dict[str, Any]) -> Line:
    kind, icon, word = SHOWN[State(stored["state"])]
    said = Sentence.from_json(stored["text"])
    # What could not be tested now says so itself; the cause is no news of the account.
    code = stored["code"] if stored["code"] != "throttled" else ""
    error = {**stored["text"], "code": code, "request_id": stored["request_id"]}
    is_trouble = bool(code and trouble_of(code))
    return Line(
        name=gettext(NAMES[Check(stored["check"])]),
        kind=kind,
        icon=icon,
        word=word,
        said=say(said),
        ms=stored["ms"],
        request_id=stored["request_id"],
        error=error,
        trouble=explain(error if is_trouble else "", About(), None),
    )
