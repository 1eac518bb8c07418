"""Words for what carriers say in codes: why a service is refused, what a rate comes with."""

from typing import Any

from django.utils.translation import gettext_lazy as _

BENEFITS: dict[str, Any] = {
    "CLAIMS_PROTECTED": _("Amazon covers claims"),
    "LATE_DELIVERY_PROTECTED": _("no late-delivery defects"),
    "AUTOMATED_SHIPPING_SETTINGS": _("chosen by Amazon's shipping settings"),
}
REASONS: dict[str, Any] = {
    "address_incomplete": _("the address is incomplete"),
    "bad_dimensions": _("the size is missing or too large"),
    "no_weight": _("the weight is missing"),
    "too_heavy": _("too heavy"),
    "too_large": _("too large"),
    "unknown_service": _("not offered"),
    "LATE_DELIVERY_RISK": _("might arrive after the promise"),
    "NO_COVERAGE": _("does not go there"),
    "NOT_AVAILABLE": _("not available for this parcel"),
    "PICKUP_SLOT_NOT_AVAILABLE": _("no pick-up slot"),
    "INELIGIBLE_FOR_DELIVERY_PROMISE": _("cannot keep the promise"),
    "UNKNOWN": _("the carrier gives no reason"),
}


def benefit_words(code: str) -> str:
    return _said(BENEFITS, code)


def reason_words(code: str) -> str:
    return _said(REASONS, code)


def _said(words: dict[str, Any], code: str) -> str:
    found = words.get(code) or words.get(code.upper()) or words.get(code.lower())
    return str(found) if found else code.replace("_", " ").lower()
