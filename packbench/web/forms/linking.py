"""The form of a linked shop (SEED-54)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.shipments.linking import GivenLink
from packbench.shipments.models import StoreLink
from packbench.web.forms.fields import SecretField


class LinkForm(forms.Form):
    """How another shop is told of parcels; which fields matter follows from the kind."""

    kind = forms.ChoiceField(
        label=_("What is told of parcels"),
        choices=StoreLink.Kind.choices,
        initial=StoreLink.Kind.WEBHOOK,
        widget=forms.RadioSelect,
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=300,
        required=False,
        help_text=_("For a webhook or a Custom Store. It begins with https://."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    account = forms.CharField(
        label=_("Store hash or user name"),
        max_length=80,
        required=False,
        help_text=_("BigCommerce: the store hash. Custom Store: the user name."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = SecretField(
        label=_("API token or password"),
        required=False,
        help_text=_(
            "BigCommerce: the token of an API account that may modify orders. Custom Store: the "
            "password. Leave it empty to keep the one that is saved."
        ),
    )
    allows_private = forms.BooleanField(
        label=_("The shop is in my own network"),
        required=False,
        help_text=_("Only then may the address lead to a private one, such as 192.168.1.20."),
    )
    wants_new_secret = forms.BooleanField(
        label=_("Make a new signing secret for the webhook"), required=False
    )

    def __init__(self, data: Any = None, *, link: StoreLink | None) -> None:
        initial = {"kind": link.kind, "url": link.url, "account": link.account} if link else {}
        if link:
            initial["allows_private"] = link.allows_private  # type: ignore[assignment]
        super().__init__(data, initial=initial)

    def given(self) -> GivenLink:
        return GivenLink(**self.cleaned_data)
