"""Probing: what an account may do at Amazon, tried one by one by cheap calls (SEED-19)."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from packbench.channels.base import Channel, Participation, Probe, Probed
from packbench.channels.connecting import NO_MARKETPLACES
from packbench.channels.counting import count_unknown
from packbench.channels.ending import end_authorization
from packbench.channels.models import SellerAccount
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.lib.errors import BadCredentials, Rejected, RemoteError, TemporaryError, Throttled
from packbench.lib.marketplaces import REGION_NAMES, by_id, is_known
from packbench.lib.sentences import Sentence, marked

LONGEST_TEST = timedelta(minutes=2)  # a test that is older and unfinished was cut short
LOOKS_BACK = timedelta(days=30)
MOST_SKEW_S = 60.0


class Check(StrEnum):
    """The lines of a test, in their order."""

    LOGIN = "login"
    REGION = "region"
    MARKETPLACES = "marketplaces"
    CLOCK = "clock"
    ORDERS = "orders"
    ADDRESSES = "addresses"
    BUYERS = "buyers"
    TAXES = "taxes"
    LISTINGS = "listings"
    FEEDS = "feeds"
    REPORTS = "reports"
    CONFIRMATIONS = "confirmations"


class State(StrEnum):
    """How a line ended. What could not be tested says nothing against the account."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"
    UNTESTED = "untested"
    WAITING = "waiting"


NAMES: dict[Check, str] = {
    Check.LOGIN: marked("Sign-in with Amazon"),
    Check.REGION: marked("Region"),
    Check.MARKETPLACES: marked("Marketplaces"),
    Check.CLOCK: marked("Clock"),
    Check.ORDERS: marked("Orders, without personal data"),
    Check.ADDRESSES: marked("Names and addresses"),
    Check.BUYERS: marked("Buyers"),
    Check.TAXES: marked("Tax data"),
    Check.LISTINGS: marked("Listings: weights, pictures, stock"),
    Check.FEEDS: marked("Feeds"),
    Check.REPORTS: marked("Reports"),
    Check.CONFIRMATIONS: marked("Confirming parcels"),
}

LOGIN_OK = marked("Amazon accepts the client ID, the client secret and the refresh token.")
REGION_OK = marked("The account answers in the region %(region)s.")
SELLS_ON = marked("It sells on %(marketplaces)s.")
NOT_HERE = marked("It sells also on %(marketplaces)s, without a store here.")
SUSPENDED = marked("Amazon suspended listings on %(marketplaces)s.")
INSIGHTS_MISSING = marked(
    "Amazon does not say where the account sells, and answers its orders: the role Selling "
    "Partner Insights is missing."
)
CLOCK_OK = marked("This machine's clock agrees with Amazon's.")
CLOCK_OFF = marked("This machine's clock differs from Amazon's by %(seconds)s seconds.")
NO_CLOCK = marked("Amazon's answer showed no time to compare with.")
ORDERS_OK = marked("Amazon answers orders.")
ORDERS_BAD = marked(
    "No order comes in and no parcel can be confirmed: the role Inventory and Order Tracking is "
    "missing."
)
ADDRESSES_OK = marked("Orders come with name and address.")
ADDRESSES_BAD = marked(
    "Orders come without address: no labels. The role Direct-to-Consumer Delivery (Restricted), "
    "also called Direct-to-Consumer Shipping, is missing."
)
BUYERS_OK = marked("Orders come with the buyer's name or e-mail address.")
BUYERS_BAD = marked(
    "Orders come without the buyer's name and e-mail address. The same role as for addresses "
    "opens them."
)
TAXES_OK = marked("Amazon answers tax data.")
TAXES_BAD = marked("Tax data is denied. Labels do not need it.")
NO_ORDER = marked(
    "No order waits for a parcel, so there was nothing to see it by. Test again then."
)
LISTINGS_OK = marked("Amazon answers listings.")
LISTINGS_BAD = marked(
    "No weights, pictures and stock come from Amazon: the role Product Listing is missing."
)
FEEDS_OK = marked("Amazon answers feeds.")
FEEDS_BAD = marked("Feeds are denied: many confirmations cannot go out in one file.")
REPORTS_OK = marked("Amazon answers reports.")
REPORTS_BAD = marked("Reports are denied: orders are read without them.")
CONFIRMING = marked(
    "Cannot be tried out without a parcel. It needs the role Inventory and Order Tracking, as "
    "orders do."
)
NOT_NOW = marked("Could not be tested now: Amazon's quota is used up. Test again in a while.")
NOT_REACHED_YET = marked("Not tested, because what comes before it failed.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one probe shows: the sentences for yes and no, and how bad a no is."""

    check: Check
    probe: Probe
    ok: str
    denied: str
    code: str
    severity: State


ASKED = (
    Asked(Check.ADDRESSES, Probe.ADDRESSES, ADDRESSES_OK, ADDRESSES_BAD, "missing_role", State.BAD),
    Asked(Check.BUYERS, Probe.BUYERS, BUYERS_OK, BUYERS_BAD, "missing_role", State.WARNING),
    Asked(Check.TAXES, Probe.TAXES, TAXES_OK, TAXES_BAD, "role_missing_taxes", State.WARNING),
)
OPEN = (
    Asked(
        Check.LISTINGS,
        Probe.LISTINGS,
        LISTINGS_OK,
        LISTINGS_BAD,
        "role_missing_listing",
        State.WARNING,
    ),
    Asked(Check.FEEDS, Probe.FEEDS, FEEDS_OK, FEEDS_BAD, "role_missing_feeds", State.WARNING),
    Asked(
        Check.REPORTS, Probe.REPORTS, REPORTS_OK, REPORTS_BAD, "role_missing_reports", State.WARNING
    ),
)
DENIALS = frozenset(
    {
        "access_denied",
        "missing_role",
        "role_missing_insights",
        "role_missing_orders",
        *(each.code for each in OPEN),
    }
)


@transaction.atomic
def ask_test(account: SellerAccount, *, actor: str, now: datetime) -> None:
    """Queue a test of the connection; its lines fill one by one. Safe to run again.

    An account whose token was deleted here has nothing to test.
    """
    if not account.has_token:
        return
    waiting = [_line(check, State.WAITING) for check in Check]
    SellerAccount.objects.filter(pk=account.pk).update(findings=waiting, checked_at=now)
    record("account.tested", account.workspace_id, actor=actor, now=now, account_id=account.pk)
    defer_once("channels.test_account", account_id=account.pk)


def probe_account(
    account: SellerAccount, channel: Channel, *, clock: Callable[[], datetime]
) -> None:
    """Try everything that the account may do, one call each, and keep what each showed.

    Takes from the same quotas as the work: what they do not allow now is said to be untested. An
    authorization that Amazon refuses ends, as in an import. Safe to run again.
    """
    _Test(account, channel, clock).run()


def is_running(account: SellerAccount, *, now: datetime) -> bool:
    """Whether lines still wait, and not because the test was cut short."""
    waits = any(line["state"] == State.WAITING for line in account.findings)
    return bool(waits and account.checked_at and now - account.checked_at < LONGEST_TEST)


@dataclass(slots=True)
class _Test:
    """One test under way: the lines, and what earlier probes brought for later ones."""

    account: SellerAccount
    channel: Channel
    clock: Callable[[], datetime]
    lines: dict[Check, dict[str, object]] = field(default_factory=dict)
    order_ids: tuple[str, ...] = ()
    skew_s: float | None = None

    def run(self) -> None:
        self.lines = {check: _line(check, State.WAITING) for check in Check}
        try:
            self._look()
        except BadCredentials as error:
            end_authorization(self.account, error, now=self.clock())
        for check, line in self.lines.items():
            if line["state"] == State.WAITING:
                self.lines[check] = _line(check, State.UNTESTED, NOT_REACHED_YET)
        self._keep(checked_at=self.clock())

    def _look(self) -> None:
        """Probe after probe. Raises BadCredentials, after noting it."""
        self._login()
        refused = self._marketplaces()
        are_open = self._orders()
        if refused and are_open and refused.code == "role_missing_insights":
            self._say(Check.REGION, State.OK, REGION_OK, region=self._region)
            self._fail(Check.MARKETPLACES, refused, text=INSIGHTS_MISSING)
        self._clock()
        for asked in ASKED if are_open else ():
            self._see(asked)
        for asked in OPEN:
            self._try(asked)
        self._say(Check.CONFIRMATIONS, State.UNTESTED, CONFIRMING)

    def _login(self) -> None:
        started = time.monotonic()
        try:
            probed = self._probe(Probe.LOGIN)
        except RemoteError as error:
            self._fail(Check.LOGIN, error, started=started)
            if isinstance(error, BadCredentials):
                raise
            return
        self._say(Check.LOGIN, State.OK, LOGIN_OK, probed=probed, started=started)

    def _marketplaces(self) -> RemoteError | None:
        """Where the account sells; returns Amazon's refusal where it does not say."""
        started = time.monotonic()
        try:
            probed = self._probe(Probe.MARKETPLACES)
        except RemoteError as error:
            self._fail(Check.REGION, error, started=started, code=_region_code(error))
            return error
        self._say(
            Check.REGION, State.OK, REGION_OK, probed=probed, started=started, region=self._region
        )
        self._selling(probed.participations, probed)
        return None

    def _selling(self, participations: Iterable[Participation], probed: Probed) -> None:
        sells = [each for each in participations if each.is_participating]
        ids = [each.marketplace_id for each in sells if is_known(each.marketplace_id)]
        if not ids:
            nowhere = Rejected(
                NO_MARKETPLACES, code="no_marketplaces", request_id=probed.request_id
            )
            self._fail(Check.MARKETPLACES, nowhere)
            return
        SellerAccount.objects.filter(pk=self.account.pk).update(marketplace_ids=ids)
        stores = set(self.account.stores.values_list("marketplace_id", flat=True))
        suspended = [each.marketplace_id for each in sells if each.has_suspended_listings]
        without = [each for each in ids if each not in stores]
        state, text, shown, code = State.OK, SELLS_ON, ids, ""
        if suspended:
            state, text, shown, code = State.WARNING, SUSPENDED, suspended, "listings_suspended"
        elif without:
            state, text, shown, code = (
                State.WARNING,
                NOT_HERE,
                without,
                "marketplaces_without_store",
            )
        self._say(
            Check.MARKETPLACES, state, text, code=code, probed=probed, marketplaces=_named(shown)
        )

    def _orders(self) -> bool:
        """Whether Amazon answers orders; their ids serve the probes of personal data."""
        started = time.monotonic()
        try:
            probed = self._probe(Probe.ORDERS)
        except RemoteError as error:
            denied = ORDERS_BAD if error.code in DENIALS else ""
            self._fail(Check.ORDERS, error, text=denied, started=started)
            return False
        self.order_ids = probed.order_ids
        self._say(Check.ORDERS, State.OK, ORDERS_OK, probed=probed, started=started)
        return True

    def _clock(self) -> None:
        if self.skew_s is None:
            self._say(Check.CLOCK, State.UNTESTED, NO_CLOCK)
        elif abs(self.skew_s) > MOST_SKEW_S:
            seconds = round(abs(self.skew_s))
            self._say(Check.CLOCK, State.WARNING, CLOCK_OFF, code="clock_skew", seconds=seconds)
        else:
            self._say(Check.CLOCK, State.OK, CLOCK_OK)

    def _see(self, asked: Asked) -> None:
        """Whether orders show a kind of personal data."""
        started = time.monotonic()
        try:
            probed = self._probe(asked.probe)
        except RemoteError as error:
            self._fail(asked.check, error, started=started)
            return
        if probed.is_shown is None:
            self._say(asked.check, State.UNTESTED, NO_ORDER, probed=probed, started=started)
        elif probed.is_shown:
            self._say(asked.check, State.OK, asked.ok, probed=probed, started=started)
        else:
            self._say(
                asked.check,
                asked.severity,
                asked.denied,
                code=asked.code,
                probed=probed,
                started=started,
            )

    def _try(self, asked: Asked) -> None:
        """Whether Amazon answers an operation at all."""
        started = time.monotonic()
        try:
            probed = self._probe(asked.probe)
        except RemoteError as error:
            if error.code in DENIALS:
                self._fail(
                    asked.check, error, text=asked.denied, started=started, state=asked.severity
                )
            else:
                self._fail(asked.check, error, started=started)
            return
        self._say(asked.check, State.OK, asked.ok, probed=probed, started=started)

    def _probe(self, what: Probe) -> Probed:
        probed = self.channel.probe(
            what,
            marketplace_id=self._marketplace_id(),
            order_ids=self.order_ids,
            since=self.clock() - LOOKS_BACK,
        )
        if probed.skew_s is not None:
            self.skew_s = probed.skew_s
        return probed

    def _marketplace_id(self) -> str:
        ids = self.account.stores.order_by("created_at").values_list("marketplace_id", flat=True)
        return ids.first() or next(iter(self.account.marketplace_ids), "")

    @property
    def _region(self) -> str:
        return REGION_NAMES[self.account.region]

    def _fail(
        self,
        check: Check,
        error: RemoteError,
        *,
        text: str = "",
        code: str = "",
        started: float | None = None,
        state: State | None = None,
    ) -> None:
        count_unknown(
            self.account.workspace_id, error, operation=f"probe.{check.value}", now=self.clock()
        )
        sentence = Sentence(text) if text else error.sentence
        if isinstance(error, Throttled):
            sentence, state = Sentence(NOT_NOW), State.UNTESTED
        elif isinstance(error, TemporaryError):
            state = State.UNTESTED
        self.lines[check] = {
            **_line(check, state or State.BAD),
            "text": sentence.as_json(),
            "code": code or error.code,
            "request_id": error.request_id,
            "ms": _since(started),
        }
        self._keep()

    def _say(
        self,
        check: Check,
        state: State,
        text: str,
        *,
        code: str = "",
        probed: Probed | None = None,
        started: float | None = None,
        **values: object,
    ) -> None:
        self.lines[check] = {
            **_line(check, state, text, **values),
            "code": code,
            "request_id": probed.request_id if probed else "",
            "ms": _since(started),
        }
        self._keep()

    def _keep(self, **more: object) -> None:
        rows = SellerAccount.objects.filter(pk=self.account.pk)
        rows.update(findings=list(self.lines.values()), **more)


def _region_code(error: RemoteError) -> str:
    """A denial of the very first call is a wrong region, until orders show otherwise."""
    is_denied = error.code in ("role_missing_insights", "access_refused")
    return "wrong_region" if is_denied else ""


def _named(ids: Iterable[str]) -> str:
    return ", ".join(by_id(each).name for each in ids)


def _since(started: float | None) -> int | None:
    """Milliseconds since then."""
    return None if started is None else round((time.monotonic() - started) * 1000)


def _line(check: Check, state: State, text: str = "", **values: object) -> dict[str, object]:
    said = Sentence(text, {name: str(value) for name, value in values.items()})
    return {
        "check": check.value,
        "state": state.value,
        "text": said.as_json(),
        "code": "",
        "request_id": "",
        "ms": None,
    }
