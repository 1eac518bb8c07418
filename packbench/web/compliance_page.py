"""What the compliance page shows: a card for each country in which the workspace has stores."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.channels.complying import Duty, country_of, duties_of, gaps_of
from packbench.channels.models import Store
from packbench.lib.epr import CATEGORIES, FACTS, NOTES, Link, links_of
from packbench.lib.marketplaces import by_country
from packbench.web.forms.complying import ComplianceForm

# The countries of which we know rules; the others are called as Amazon calls them.
COUNTRIES: dict[str, Any] = {
    "BE": _("Belgium"),
    "DE": _("Germany"),
    "ES": _("Spain"),
    "FR": _("France"),
    "GB": _("United Kingdom"),
    "IE": _("Ireland"),
    "IT": _("Italy"),
    "NL": _("Netherlands"),
    "PL": _("Poland"),
    "SE": _("Sweden"),
}
STATES: dict[str, tuple[str, str, Any]] = {
    "ok": ("ok", "check", _("Registered")),
    "ending": ("warn", "clock", _("Expires soon")),
    "expired": ("bad", "error", _("Expired")),
    "missing": ("bad", "warning", _("Number missing")),
    "unneeded": ("", "check", _("Does not apply")),
    "unknown": ("info", "info", _("Does this apply to you?")),
}
ON_BEHALF = ("ok", "check", _("Amazon pays on your behalf"))


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One category of a country: its words, its state (kind, icon, word), and its form."""

    duty: Duty
    name: str
    state: tuple[str, str, Any]
    note: str
    form: ComplianceForm
    is_open: bool


@dataclass(frozen=True, slots=True)
class CountryCard:
    country: str
    name: Any
    stores: list[Store]
    rows: list[DutyRow]
    links: tuple[Link, ...]
    gaps: int


def compliance_context(
    workspace: Workspace,
    stores: list[Store],
    *,
    sent: tuple[str, str, ComplianceForm] | None = None,
    now: datetime,
) -> dict[str, Any]:
    """`sent` is the form that was not accepted, with its country and category."""
    duties = duties_of(workspace, stores, now=now)
    return {
        "cards": [
            CountryCard(
                country,
                name_of(country),
                [store for store in stores if country_of(store) == country],
                [_row(duty, sent) for duty in those],
                links_of(country),
                sum(duty.is_gap for duty in those),
            )
            for country, those in duties.items()
        ],
        "facts": FACTS,
    }


def warnings_of(
    workspace: Workspace, stores: list[Store], *, now: datetime
) -> list[dict[str, Any]]:
    """For a banner: each country with what is missing, expired or about to expire there."""
    gaps = gaps_of(workspace, stores, now=now)
    return [
        {
            "country": country,
            "name": name_of(country),
            "gaps": [
                {"name": CATEGORIES[gap.rule.category], "state": STATES[gap.state][2], "gap": gap}
                for gap in gaps
                if gap.country == country
            ],
        }
        for country in sorted({gap.country for gap in gaps})
    ]


def name_of(country: str) -> Any:
    return COUNTRIES.get(country) or by_country(country).shown_country


def _row(duty: Duty, sent: tuple[str, str, ComplianceForm] | None) -> DutyRow:
    is_sent = sent is not None and sent[:2] == (duty.country, duty.rule.category)
    state = STATES[duty.state]
    if duty.state == "ok" and duty.saved and not duty.saved.number:
        state = ON_BEHALF
    return DutyRow(
        duty,
        CATEGORIES[duty.rule.category],
        state,
        NOTES.get(duty.rule.note, ""),
        sent[2] if sent and is_sent else ComplianceForm.of(duty),
        is_sent,
    )
