"""What the page “Why is my order not here?” shows, and where each of its answers leads."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.channels.models import SellerAccount
from packbench.lib.sentences import Sentence, marked
from packbench.orders.explaining import SKIPS, Answer
from packbench.orders.inquiring import FOUND, WAITING
from packbench.orders.models import Inquiry, Order
from packbench.orders.tracing import Trace
from packbench.web.grid import TABS

ICONS = {"ok": "check", "info": "info", "warn": "warning", "bad": "error"}
NOWHERE = Sentence(
    marked(
        "None of your accounts has this order at Amazon. It belongs to a seller account or a "
        "region that is not connected, or the number is mistyped."
    )
)
ASKING = Sentence(marked("Being asked …"))
NOT_NEEDED = Sentence(marked("Not asked: another account had it."))
ANSWER_KINDS = {"saved": "ok", "known": "ok", "skipped": "warn", "refused": "bad", WAITING: "info"}

# Where an answer leads: the page's name, its words, and whether an owner alone may go there.
STORE = ("store", _("Open the store"), False)
SETTINGS = ("store", _("Open the store's settings"), True)
CONNECT = ("connect", _("Connect"), True)
STORES = ("stores", _("Open the stores"), False)
ADD = ("connect_marketplaces", _("Add a store"), True)
LEADS: dict[str, tuple[str, Any, bool]] = {
    "nothing_connected": CONNECT,
    "account_ended": CONNECT,
    "no_stores": ADD,
    "no_store": ADD,
    "no_store_there": ADD,
    "store_paused": STORE,
    "on_files": STORE,
    "failing": STORES,
    "amazon_fulfilled": SETTINGS,
    "too_old": SETTINGS,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One answer as it is shown: its icon, its sentence, and a link to what helps."""

    answer: Answer
    icon: str
    url: str = ""
    words: str = ""
    is_for_owners: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What one account answered."""

    seller: str
    icon: str
    kind: str
    sentence: Sentence
    detail: Sentence | None = None
    request_id: str = ""


@dataclass(slots=True)
class Asked:
    """An inquiry as it is shown. `said` is what all answers come to, once all are there."""

    row: Inquiry
    replies: list[Reply] = field(default_factory=list)
    answered: int = 0
    said: Sentence | None = None

    @property
    def is_open(self) -> bool:
        return self.row.finished_at is None


def trace_context(workspace: Workspace, found: Trace) -> dict[str, Any]:
    accounts = {row.pk: row for row in workspace.seller_accounts.all()}
    is_active = any(row.status == SellerAccount.Status.ACTIVE for row in accounts.values())
    return {
        "trace": found,
        "here": [
            {"order": order, "line": _line(answer), "tab": _tab(order)}
            for order, answer in found.orders
        ],
        "skipped": [
            {"skip": skip, "line": _line(answer, is_store=answer.subject_id != skip.account_id)}
            for skip, answer in found.skips
        ],
        "reasons": [_line(reason) for reason in found.reasons],
        "asked": _asked(found.inquiry, accounts) if found.inquiry else None,
        "can_ask": found.number.is_amazon and is_active and not found.orders,
    }


def _line(answer: Answer, *, is_store: bool = True) -> Line:
    icon = ICONS[answer.kind]
    if answer.code not in LEADS:
        return Line(answer, icon)
    name, words, is_for_owners = LEADS[answer.code]
    if name == "store" and not (is_store and answer.subject_id):
        name, words, is_for_owners = STORES
    if answer.code == "no_store" and is_store:
        return Line(answer, icon)  # there is a store by now
    takes_id = name in ("store", "connect_marketplaces")
    url = reverse(name, args=[answer.subject_id] if takes_id else None)
    if answer.country and name == "connect_marketplaces":
        url += f"?{urlencode({'country': answer.country})}"
    if (name, words, is_for_owners) == SETTINGS:
        url += "#settings"
    return Line(answer, icon, url, str(words), is_for_owners)


def _tab(order: Order) -> dict[str, Any]:
    """The tab of the grid that holds the order."""
    key = "problems" if order.has_problems and order.status in TABS["problems"].statuses else ""
    key = key or next((tab.key for tab in TABS.values() if order.status in tab.statuses), "all")
    query = urlencode({"tab": key, "q": order.external_id})
    return {"word": TABS[key].word, "url": f"{reverse('orders')}?{query}"}


def _asked(inquiry: Inquiry, accounts: dict[str, SellerAccount]) -> Asked:
    asked = Asked(inquiry)
    for account_id in inquiry.account_ids:
        body = inquiry.answers.get(account_id)
        asked.answered += bool(body and body["code"] != WAITING)
        seller = _seller(accounts.get(account_id))
        asked.replies.append(_reply(seller, body, is_open=asked.is_open))
    codes = {body["code"] for body in inquiry.answers.values()}
    if not asked.is_open and codes == {"not_found"}:
        asked.said = NOWHERE
    return asked


def _seller(account: SellerAccount | None) -> str:
    return f"{account.seller_id} ({account.region.upper()})" if account else gettext("removed")


def _reply(seller: str, body: dict[str, Any] | None, *, is_open: bool) -> Reply:
    if body is None:
        return Reply(seller, "clock", "info", ASKING if is_open else NOT_NEEDED)
    code = body["code"]
    kind = ANSWER_KINDS.get(code, "info")
    reason = SKIPS.get(body.get("reason", "")) if code in FOUND else None
    return Reply(
        seller,
        "clock" if code == WAITING else ICONS[kind],
        kind,
        Sentence.from_json(body),
        Sentence(reason) if reason else None,
        str(body.get("request_id") or ""),
    )
