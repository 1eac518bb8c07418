"""Explaining: what an order that was seen is waiting for, or why it was skipped. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from packbench.channels.models import Skip, Store
from packbench.lib.marketplaces import by_id, is_known
from packbench.lib.sentences import Sentence, marked
from packbench.orders.models import WORK, Order, Status

STANDINGS: dict[str, str] = {
    "waits": marked("It waits to be shipped."),
    "problems": marked("It waits, but no label can be made until this is mended:"),
    "held": marked("It is on hold. Release it to ship it."),
    "unpaid": marked(
        "Its payment is pending: Amazon has not released it yet. It waits to be shipped as soon "
        "as Amazon shows it as paid."
    ),
    "view_only": marked(
        "No label is made here: Amazon or the buyer picks it up, or there is nothing to send."
    ),
    "told": marked("It was shipped from here, and Amazon was told."),
    "labeled": marked("It was shipped with a label from here."),
    "elsewhere": marked(
        "It was shipped elsewhere: Amazon shows it as shipped, and no label was made here."
    ),
    "cancelled": marked("It was cancelled at Amazon."),
    "unfulfillable": marked("Amazon calls it unfulfillable. Look at it in Seller Central."),
}
BY_STATUS = {
    Status.ON_HOLD: "held",
    Status.AWAITING_PAYMENT: "unpaid",
    Status.PENDING_FULFILLMENT: "view_only",
    Status.CANCELLED: "cancelled",
    Status.UNFULFILLABLE: "unfulfillable",
}

SKIPS: dict[str, str] = {
    Skip.Reason.AMAZON_FULFILLED: marked(
        "Amazon fulfills this order itself (AFN): it is not yours to ship. Such orders come in "
        "once they have shipped, with the store's setting “Import Amazon-fulfilled orders”."
    ),
    Skip.Reason.DIGITAL: marked(
        "It has no physical product: Amazon names no place that a parcel could go to. There is "
        "nothing to ship."
    ),
    Skip.Reason.OTHER_STORE: marked("It is imported through another store of this workspace."),
    Skip.Reason.NO_STORE: marked(
        "It was bought on a marketplace that has no store here. Add a store for it."
    ),
    Skip.Reason.OTHER_CHANNEL: marked(
        "It is an order of another shop that Amazon fulfills for you (multi-channel). There is "
        "nothing to ship."
    ),
    Skip.Reason.UNREADABLE: marked(
        "Amazon's answer for this order could not be read. Ask Amazon again; if it stays so, ship "
        "it from Seller Central and report it to Packbench with its number."
    ),
}
AFN_WANTED = marked(
    "Amazon fulfills this order itself (AFN): it is not yours to ship. The store imports such "
    "orders; this one comes in once Amazon has shipped it."
)
STORE_ADDED = marked(
    "When it was seen, its marketplace had no store here. There is one now: ask Amazon again."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that is known or likely, and what it is about.

    `kind` is ok, info, warn or bad. `subject_id` names an order, a store or an account;
    `country` (ISO) a marketplace. `since` and `until` are instants.
    """

    code: str
    sentence: Sentence
    kind: str = "info"
    subject_id: str = ""
    country: str = ""
    detail: Sentence | None = None
    since: datetime | None = None
    until: datetime | None = None


def explain_standing(order: Order, *, has_label: bool) -> Answer:
    """Say where the order stands, and why it is not among those that wait if it is not."""
    code = _standing_code(order, has_label=has_label)
    return Answer(
        code,
        Sentence(STANDINGS[code]),
        kind={"waits": "ok", "problems": "warn", "held": "warn"}.get(code, "info"),
        subject_id=order.pk,
        since=_since(order, code),
    )


def explain_skip(skip: Skip, stores: Iterable[Store]) -> Answer:
    """Say why the order was skipped and what to do; `stores` are those of the skip's account."""
    own = next((row for row in stores if row.marketplace_id == skip.marketplace_id), None)
    text = SKIPS[skip.reason]
    if own and skip.reason == Skip.Reason.AMAZON_FULFILLED and own.has_amazon_fulfilled:
        text = AFN_WANTED
    if own and skip.reason == Skip.Reason.NO_STORE:
        text = STORE_ADDED
    is_known_place = is_known(skip.marketplace_id)
    return Answer(
        skip.reason,
        Sentence(text),
        kind="warn" if skip.reason in ("no_store", "unreadable") else "info",
        subject_id=own.pk if own else skip.account_id or "",
        country=by_id(skip.marketplace_id).country if is_known_place and not own else "",
        since=skip.seen_at,
    )


def _standing_code(order: Order, *, has_label: bool) -> str:
    if order.status in WORK:
        return "problems" if order.problems else "waits"
    if order.status == Status.SHIPPED:
        if order.confirmed_at:
            return "told"
        return "labeled" if has_label else "elsewhere"
    return BY_STATUS[Status(order.status)]


def _since(order: Order, code: str) -> datetime | None:
    return {"held": order.held_at, "told": order.confirmed_at}.get(code)
