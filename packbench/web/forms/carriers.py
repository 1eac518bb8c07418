"""Forms of carrier accounts: what every account has, and what its kind wants to know."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.carriers.base import Service
from packbench.carriers.kinds import Ask, AskKind, CarrierKind
from packbench.carriers.managing import Wanted
from packbench.carriers.models import CarrierAccount
from packbench.channels.models import SellerAccount
from packbench.web.forms.fields import SecretField

ASKED, SECRET = "ask_", "secret_"
LARGEST = 99_999
WITHOUT_SCAN_HOURS = 24


def amount_field(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=0,
        max_value=LARGEST,
        decimal_places=2,
        required=False,
        localize=True,
    )


class AccountForm(forms.Form):
    """One account of a kind of carrier."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("How you call this account.")
    )
    label_size = forms.ChoiceField(
        label=_("Label size"),
        choices=CarrierAccount.Size.choices,
        initial=CarrierAccount.Size.FOUR_BY_SIX,
        widget=forms.RadioSelect,
    )
    default_service = forms.CharField(
        label=_("Default service"),
        max_length=80,
        required=False,
        help_text=_("What a parcel goes with where no rule says otherwise."),
    )
    is_compared = forms.BooleanField(label=_("Compare its rates"), required=False, initial=True)
    no_scan_hours = forms.IntegerField(
        label=_("Warn without a scan after (hours)"),
        min_value=1,
        max_value=240,
        initial=WITHOUT_SCAN_HOURS,
        required=False,
        help_text=_("Counted from the hand-over, or else from the label."),
    )
    most_per_label = amount_field(_("At most for one label"))
    most_per_day = amount_field(_("At most in one day"))
    limit_currency = forms.CharField(
        label=_("Currency of the limits"), max_length=3, required=False
    )

    def __init__(
        self,
        kind: CarrierKind,
        sellers: Sequence[SellerAccount],
        services: Sequence[Service],
        *args: Any,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        self.sellers = {seller.pk: seller for seller in sellers}
        if services:
            words = [(service.code, service.name) for service in services]
            choices = [("", gettext("The cheapest at the time")), *words]
            old = self.fields["default_service"]
            self.fields["default_service"] = forms.ChoiceField(
                label=old.label, help_text=old.help_text, choices=choices, required=False
            )
        if kind.needs_seller:
            named = [(seller.pk, _seller_words(seller)) for seller in sellers]
            self.fields["seller_account"] = forms.ChoiceField(
                label=_("Amazon account"), choices=named
            )
        for ask in kind.asks:
            self.fields[ASKED + ask.name] = _field(ask)
        for ask in kind.secrets:
            has_one = ask.name in self.initial.get("secrets", ())
            self.fields[SECRET + ask.name] = _secret(ask, has_one=has_one)

    @property
    def asked(self) -> list[forms.BoundField]:
        """The questions of the kind, secrets last."""
        names = [ASKED + ask.name for ask in self.kind.asks]
        names += [SECRET + ask.name for ask in self.kind.secrets]
        return [self[name] for name in names]

    def clean_limit_currency(self) -> str:
        return str(self.cleaned_data["limit_currency"]).strip().upper()

    def wanted(self) -> Wanted:
        given = self.cleaned_data
        settings = {
            ask.name: value
            for ask in self.kind.asks
            if (value := _kept(ask, given.get(ASKED + ask.name))) not in ("", None)
        }
        return Wanted(
            name=given["name"],
            label_size=given["label_size"],
            default_service=given["default_service"],
            is_compared=given["is_compared"],
            most_per_label=given["most_per_label"],
            most_per_day=given["most_per_day"],
            limit_currency=given["limit_currency"],
            no_scan_hours=given["no_scan_hours"] or WITHOUT_SCAN_HOURS,
            settings=settings,
            secrets={ask.name: given.get(SECRET + ask.name, "") for ask in self.kind.secrets},
            seller_account=self.sellers.get(given.get("seller_account", "")),
        )


def values_of(account: CarrierAccount, kind: CarrierKind, secrets: Iterable[str]) -> dict[str, Any]:
    """What the form starts with; of the secrets only that there are some."""
    values = {
        name: getattr(account, name)
        for name in (
            "name",
            "label_size",
            "default_service",
            "is_compared",
            "most_per_label",
            "most_per_day",
            "limit_currency",
            "no_scan_hours",
        )
    }
    asked = {ASKED + ask.name: account.settings.get(ask.name) for ask in kind.asks}
    return {
        **values,
        **asked,
        "seller_account": account.seller_account_id,
        "secrets": tuple(secrets),
    }


def _field(ask: Ask) -> forms.Field:
    words: dict[str, Any] = {
        "label": gettext(ask.word),
        "help_text": gettext(ask.hint) if ask.hint else "",
        "required": ask.is_required,
    }
    if ask.kind == AskKind.CHOICE:
        named = [(value, gettext(word)) for value, word in ask.choices]
        return forms.ChoiceField(choices=named, **words)
    if ask.kind == AskKind.TICK:
        return forms.BooleanField(**{**words, "required": False})
    if ask.kind == AskKind.NUMBER:
        return forms.IntegerField(min_value=0, max_value=10**9, **words)
    return forms.CharField(max_length=ask.longest, **words)


def _secret(ask: Ask, *, has_one: bool) -> forms.Field:
    hint = gettext("Saved. Enter a new one only to replace it.") if has_one else gettext(ask.hint)
    return SecretField(
        label=gettext(ask.word),
        help_text=hint if ask.hint or has_one else "",
        required=ask.is_required and not has_one,
        max_length=ask.longest,
    )


def _kept(ask: Ask, value: Any) -> Any:
    if ask.kind == AskKind.CHOICE and value and all(each.isdigit() for each, _w in ask.choices):
        return int(value)
    return value


def _seller_words(seller: SellerAccount) -> str:
    return f"{seller.seller_id} ({seller.region.upper()})"
