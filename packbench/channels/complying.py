"""Complying: registrations of a producer by country, and what a store lacks (SEED-91)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.channels.deadlines import Deadline
from packbench.channels.models import ComplianceNumber, SoldCategory, Store
from packbench.channels.reminding import remind
from packbench.events.recording import record
from packbench.lib.epr import CATEGORIES, Rule, rule_of, rules_of
from packbench.lib.errors import Rejected
from packbench.lib.marketplaces import by_id, is_known
from packbench.lib.sentences import Sentence, marked

REMINDED_DAYS = (60, 30, 7)
MOST_REMINDED = 1000

NO_RULE = marked("No rule is known for this country and category.")
NOT_A_NUMBER = marked("“%(given)s” does not fit: %(number)s looks like %(example)s.")
NOT_ON_BEHALF = marked("Amazon does not pay on your behalf here. Enter the number.")
NUMBER_OR_BEHALF = marked(
    "Enter the number, or say that Amazon pays on your behalf: one of the two."
)
EXPIRES_WITHOUT = marked("Enter the number that expires on this day, or leave the day empty.")
ENDS = marked("%(number)s for %(country)s (%(category)s) expires in %(days)s days.")
ENDS_NOW = marked("%(number)s for %(country)s (%(category)s) expires now.")
RENEW = marked("Renew the registration, then enter its new day on the compliance page.")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person says of one category in one country.

    `is_sold`: None leaves it to what the products show. An empty number that Amazon does not
    pay for takes away what was saved.
    """

    is_sold: bool | None = None
    number: str = ""
    expires_on: date | None = None
    is_paid_on_behalf: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """One category in one country: what is asked, what is known, and what is saved.

    `state` is ok, ending, expired, missing, unneeded, or unknown: nobody said whether it is sold.
    """

    country: str
    rule: Rule
    state: str
    is_said: bool | None
    is_shown: bool  # by the products that were sold
    saved: ComplianceNumber | None

    @property
    def is_gap(self) -> bool:
        return self.state in ("missing", "expired", "ending")


@transaction.atomic
def save_compliance(
    workspace: Workspace, country: str, category: str, entry: Entry, *, actor: str, now: datetime
) -> None:
    """Save a person's word, the number and its last day. Safe to run again. Raises Rejected."""
    rule = rule_of(country, category)
    if rule is None:
        raise Rejected(NO_RULE, code="no_rule")
    number = _checked(rule, entry)
    where: dict[str, Any] = {"workspace": workspace, "country": country, "category": category}
    if entry.is_sold is None or rule.is_always:
        SoldCategory.objects.filter(**where, is_said=True).delete()
    else:
        SoldCategory.objects.update_or_create(
            **where, is_said=True, defaults={"is_sold": entry.is_sold, "seen_at": now}
        )
    if number or entry.is_paid_on_behalf:
        ComplianceNumber.objects.update_or_create(
            **where,
            defaults={"number": number, "expires_on": entry.expires_on, "saved_at": now},
        )
    else:
        ComplianceNumber.objects.filter(**where).delete()
    record(
        "compliance.changed",
        workspace.pk,
        actor=actor,
        now=now,
        country=country,
        category=category,
    )


def duties_of(
    workspace: Workspace, stores: Iterable[Store], *, now: datetime
) -> dict[str, list[Duty]]:
    """What is asked in each country where the stores sell, those without a rule included."""
    countries = sorted({country for store in stores if (country := country_of(store))})
    saved = {(row.country, row.category): row for row in workspace.compliance_numbers.all()}
    sold = list(workspace.sold_categories.all())
    said = {(row.country, row.category): row.is_sold for row in sold if row.is_said}
    shown = {(row.country, row.category) for row in sold if not row.is_said and row.is_sold}
    return {
        country: [
            _duty(
                country,
                rule,
                said.get((country, rule.category)),
                is_shown=(country, rule.category) in shown,
                saved=saved.get((country, rule.category)),
                today=now.date(),
            )
            for rule in rules_of(country)
        ]
        for country in countries
    }


def gaps_of(workspace: Workspace, stores: Iterable[Store], *, now: datetime) -> list[Duty]:
    """What the stores lack, or will lack soon, for what they sell."""
    duties = duties_of(workspace, stores, now=now)
    return [duty for those in duties.values() for duty in those if duty.is_gap]


def country_of(store: Store) -> str:
    """The ISO country of the store's marketplace; "" where Amazon has none of that id."""
    return by_id(store.marketplace_id).country if is_known(store.marketplace_id) else ""


def remind_of_numbers(*, now: datetime) -> int:
    """Announce numbers that expire in 60, 30 and 7 days, each once; return how many were.

    May run again.
    """
    soon = now.date() + timedelta(days=REMINDED_DAYS[0])
    rows = ComplianceNumber.objects.filter(expires_on__gte=now.date(), expires_on__lte=soon)
    rows = rows.select_related("workspace").order_by("expires_on", "id")[:MOST_REMINDED]
    return sum(_remind(row, now=now) for row in rows)


def _duty(
    country: str,
    rule: Rule,
    is_said: bool | None,
    *,
    is_shown: bool,
    saved: ComplianceNumber | None,
    today: date,
) -> Duty:
    state = _state(rule, is_said, is_shown=is_shown, saved=saved, today=today)
    return Duty(country, rule, state, is_said, is_shown, saved)


def _state(
    rule: Rule,
    is_said: bool | None,
    *,
    is_shown: bool,
    saved: ComplianceNumber | None,
    today: date,
) -> str:
    is_needed = rule.is_always or (is_shown if is_said is None else is_said)
    if saved is None:
        if is_needed:
            return "missing"
        return "unknown" if is_said is None else "unneeded"
    if saved.expires_on is None or (not is_needed and is_said is False):
        return "ok"
    if saved.expires_on < today:
        return "expired"
    return "ending" if saved.expires_on <= today + timedelta(days=REMINDED_DAYS[0]) else "ok"


def _checked(rule: Rule, entry: Entry) -> str:
    """The number as it is registered. Raises Rejected."""
    given = entry.number.strip()
    if given and entry.is_paid_on_behalf:
        raise Rejected(NUMBER_OR_BEHALF, code="number_or_behalf")
    if entry.is_paid_on_behalf and not rule.can_pay_on_behalf:
        raise Rejected(NOT_ON_BEHALF, code="not_on_behalf")
    if entry.expires_on and not given:
        raise Rejected(EXPIRES_WITHOUT, code="expires_without_number")
    number = rule.read(given) if given else ""
    if given and not number:
        raise Rejected(
            NOT_A_NUMBER,
            code="not_a_number",
            given=given[:60],
            number=rule.number,
            example=rule.example,
        )
    return number


def _remind(row: ComplianceNumber, *, now: datetime) -> bool:
    rule = rule_of(row.country, row.category)
    if rule is None or row.expires_on is None:
        return False
    deadline = Deadline(
        subject_id=f"epr_{row.pk}",
        ends_at=datetime.combine(row.expires_on, time.min, UTC),
        days=REMINDED_DAYS,
        say=lambda days: _say(row, rule, days),
        advice=Sentence(RENEW),
        path=f"/stores/compliance#{row.country}",
        is_told_after=False,
    )
    stores = row.workspace.stores.defer("brand_logo")
    concerned = [store for store in stores if country_of(store) == row.country]
    kind = Store.Notification.AUTHORIZATION
    wants_mail = any(kind in store.notifications for store in concerned)
    return remind(row.workspace, deadline, wants_mail=wants_mail, now=now)


def _say(row: ComplianceNumber, rule: Rule, days: int) -> Sentence:
    values = {
        "number": rule.number,
        "country": row.country,
        "category": CATEGORIES[row.category],
        "days": str(days),
    }
    return Sentence(ENDS if days > 0 else ENDS_NOW, values)
