"""Explaining: what went wrong, why, and each step with the button that performs it (SEED-93)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Member
from packbench.channels.models import SellerAccount, Store
from packbench.channels.troubles.base import Action, Step, Trouble
from packbench.channels.troubles.catalog import ROWS, trouble_of
from packbench.lib.errors import RemoteError
from packbench.lib.marketplaces import by_id, is_known
from packbench.lib.sentences import Sentence
from packbench.orders.models import Order
from packbench.shipments.models import Notice
from packbench.web.saying import say


@dataclass(frozen=True, slots=True)
class About:
    """What a trouble was met at: decides where the buttons of its steps lead."""

    account: SellerAccount | None = None
    store: Store | None = None
    order: Order | None = None
    notice: Notice | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A link, or a form where something happens (`fields` go along)."""

    word: Any
    url: str
    is_post: bool = False
    is_outside: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explained:
    """A trouble as a page shows it. Without a title nobody has explained this code yet."""

    code: str
    said: str
    request_id: str = ""
    title: str = ""
    cause: str = ""
    steps: tuple[tuple[str, Button | None], ...] = ()
    level: str = "bad"
    is_unknown: bool = False
    url: str = ""


Maker = Callable[[About], Button | None]


def explain(error: Any, about: About, member: Member | None) -> Explained:
    """Explain an error, as it was raised, as it is stored, or by its code alone."""
    code, said, request_id = _read(error)
    row = trouble_of(code)
    if row is None:
        return Explained(code, said, request_id)
    return Explained(
        code,
        said,
        request_id,
        title=gettext(row.title),
        cause=gettext(row.cause),
        steps=tuple((gettext(step.text), button_of(step, about, member)) for step in row.steps),
        level=row.level.value,
        is_unknown=row.is_unknown,
        url=reverse("help_error", args=[code]),
    )


def button_of(step: Step, about: About, member: Member | None) -> Button | None:
    """The step's button, where there is one and the member may press it."""
    if step.action is None or member is None or not _may(step.action, member):
        return None
    return BUTTONS[step.action](about)


def find_troubles(text: str) -> list[Trouble]:
    """Rows that hold all the words: in codes of ours or Amazon's, old names, or what they say.

    Those that are named so come first.
    """
    words = text.casefold().split()
    if not words:
        return list(ROWS)
    found = [row for row in ROWS if all(word in _text_of(row) for word in words)]
    whole = text.strip().casefold()
    return sorted(found, key=lambda row: whole not in map(str.casefold, names_of(row)))


def names_of(row: Trouble) -> tuple[str, ...]:
    return (row.code, *row.amazon, *row.words, row.seed)


def _text_of(row: Trouble) -> str:
    texts = (row.title, row.cause, *(step.text for step in row.steps))
    return " ".join([*names_of(row), *texts, *map(gettext, texts)]).casefold()


def _read(error: Any) -> tuple[str, str, str]:
    if isinstance(error, RemoteError):
        return error.code, say(error.sentence), error.request_id
    if isinstance(error, dict):
        said = say(Sentence.from_json(error))
        return str(error.get("code", "")), said, str(error.get("request_id", ""))
    return str(error or ""), "", ""


OF_OWNERS = frozenset(
    {
        Action.CONNECT,
        Action.RENEW,
        Action.TEST,
        Action.ADD_STORES,
        Action.ADD_MISSING,
        Action.IMPORT,
        Action.CARRIERS,
    }
)
OF_SHIPPERS = frozenset(
    {
        Action.NOTIFY_AGAIN,
        Action.SEND_UNCHECKED,
        Action.CODES,
        Action.FETCH_AGAIN,
        Action.SHIP_ANYWAY,
        Action.WEIGHTS,
        Action.CUSTOMS,
    }
)


def _may(action: Action, member: Member) -> bool:
    if action in OF_OWNERS:
        return member.can_manage
    return member.can_ship if action in OF_SHIPPERS else True


def _account(about: About) -> SellerAccount | None:
    store = about.store or (about.order.store if about.order else None)
    return about.account or (store.account if store else None)


def _page(word: Any, name: str, query: str = "") -> Maker:
    return lambda about: Button(word, reverse(name) + query)


def _of_account(word: Any, name: str, *, is_post: bool = False) -> Maker:
    def make(about: About) -> Button | None:
        account = _account(about)
        if account is None:
            return Button(_("Open the stores"), reverse("stores"))
        return Button(word, reverse(name, args=[account.pk]), is_post)

    return make


def _of_store(word: Any, name: str, *, is_post: bool = False) -> Maker:
    def make(about: About) -> Button | None:
        store = about.store or (about.order.store if about.order else None)
        if store is None and about.account:
            store = about.account.stores.order_by("name").first()
        if store is None or (is_post and store.is_file_store):
            return Button(_("Open the stores"), reverse("stores"))
        return Button(word, reverse(name, args=[store.pk]), is_post)

    return make


def _of_order(word: Any, name: str) -> Maker:
    def make(about: About) -> Button | None:
        if about.order is None or about.order.store.is_file_store:
            return Button(_("Open the orders"), reverse("orders") + "?tab=problems")
        fields = {"problem": about.code} if name == "waive_problem" else {}
        return Button(word, reverse(name, args=[about.order.pk]), True, fields=fields)

    return make


def _order(about: About) -> Button:
    if about.order is None:
        return Button(_("Open the orders"), reverse("orders") + "?tab=problems")
    return Button(_("Open the order"), reverse("order", args=[about.order.pk]))


def _renew(about: About) -> Button:
    """On the account's page, where the account is known; else it is connected anew."""
    account = _account(about)
    if account is None:
        return Button(_("Connect again"), reverse("connect"))
    return Button(_("Renew"), reverse("account", args=[account.pk]))


def _of_notice(word: Any, name: str, *, is_post: bool = False) -> Maker:
    def make(about: About) -> Button | None:
        if about.notice is None:
            return Button(_("Open the outbox"), reverse("notices") + "?show=refused")
        if is_post and about.notice.status != Notice.Status.FAILED:
            return None
        return Button(word, reverse(name, args=[about.notice.pk]), is_post)

    return make


def _notify_again(about: About) -> Button | None:
    if about.notice is None:
        return Button(_("Open the refused"), reverse("shipments") + "?notice=refused")
    if about.notice.status != Notice.Status.FAILED:
        return None
    return Button(_("Notify Amazon again"), reverse("notify_again", args=[about.notice.pk]), True)


def seller_central_url(order: Order) -> str:
    """Where Seller Central shows the order; nothing for shops of one's own."""
    button = _seller_central(About(order=order)) if order.store.account_id else None
    return button.url if button else ""


def _seller_central(about: About) -> Button | None:
    """Seller Central of the marketplace that it is about; of none, nobody knows which."""
    store = about.store or (about.order.store if about.order else None)
    ids = (
        [store.marketplace_id] if store else about.account.marketplace_ids if about.account else []
    )
    place = next((by_id(each) for each in ids if is_known(each)), None)
    if place is None:
        return None
    path = f"/orders-v3/order/{about.order.external_id}" if about.order else ""
    return Button(_("Seller Central"), f"{place.seller_central}{path}", is_outside=True)


BUTTONS: dict[Action, Maker] = {
    Action.CONNECT: _page(_("Connect"), "connect"),
    Action.RENEW: _renew,
    Action.TEST: _of_account(_("Test connection"), "account_test", is_post=True),
    Action.ADD_STORES: _of_account(_("Add marketplaces"), "connect_marketplaces"),
    Action.ADD_MISSING: _of_account(_("Add all"), "account_add_stores", is_post=True),
    Action.IMPORT: _of_store(_("Import now"), "store_import", is_post=True),
    Action.STORE: _of_store(_("Open the store"), "store"),
    Action.NOTIFY_AGAIN: _notify_again,
    Action.SEND_UNCHECKED: _of_notice(_("Send it as it is"), "notice_unchecked", is_post=True),
    Action.CODES: _of_notice(_("Enter the codes"), "notice"),
    Action.ORDER: _order,
    Action.FETCH_AGAIN: _of_order(_("Fetch again"), "refetch_order"),
    Action.SHIP_ANYWAY: _of_order(_("Ship anyway"), "waive_problem"),
    Action.WEIGHTS: _page(_("Set weights"), "products", "?show=unweighed"),
    Action.CUSTOMS: _page(_("Enter customs data"), "products", "?show=uncustomed"),
    Action.CARRIERS: _page(_("Carriers"), "settings_carriers"),
    Action.SELLER_CENTRAL: _seller_central,
}
