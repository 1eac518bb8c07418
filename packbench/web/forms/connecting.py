"""Forms of the three ways to connect a store."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.channels.base import Credentials
from packbench.channels.consenting import GivenApplication
from packbench.channels.models import Application, SellerAccount, Store
from packbench.channels.recognizing import OF_MWS, recognize
from packbench.channels.ticking import TickedMarketplace, without_store
from packbench.lib.marketplaces import MARKETPLACES, Marketplace, by_country, by_id
from packbench.web.forms.fields import MarketplaceField, SecretField

APPLICATION_IDS = ("amzn1.sp.", "amzn1.sellerapps.")
NEW_APPLICATION = "new"

NOT_A_CLIENT_ID = _("This is the application ID. The client ID begins with %(prefix)s.")
NOT_AN_APPLICATION_ID = _("The application ID begins with amzn1.sp.solution.")
AGREE = _("Tick this box: without it Amazon does not let us connect.")


def _plain(label: Any, **options: Any) -> forms.CharField:
    attributes = {"autocomplete": "off", "spellcheck": "false", "class": "mono"}
    return forms.CharField(label=label, widget=forms.TextInput(attrs=attributes), **options)


def _client_id(given: str) -> str:
    if given.startswith(APPLICATION_IDS):
        raise forms.ValidationError(
            NOT_A_CLIENT_ID, code="client_id", params={"prefix": "amzn1.application-oa2-client."}
        )
    return given


def _feedback() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Tell Amazon that an order shipped"),
        choices=Store.Feedback.choices,
        initial=Store.Feedback.LABEL_CREATED,
        widget=forms.RadioSelect,
    )


class RecognizingForm(forms.Form):
    """Keys of Amazon's old web service are known in every field, and answered with what to do."""

    has_old_keys = False  # the guide says what takes their place

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name, field in self.fields.items():
            is_text = isinstance(field, forms.CharField)
            known = recognize(str(self.data.get(name, ""))) if is_text else ""
            if known:
                self.errors.pop(name, None)
                self.add_error(name, forms.ValidationError(gettext(known), code="not_this"))
                self.has_old_keys = self.has_old_keys or known in OF_MWS
        return given


class ConnectingForm(RecognizingForm):
    """What both ways through the API ask for: the two consents (SEED-15)."""

    has_read_terms = forms.BooleanField(
        label=_(
            "I have read and accepted Amazon's terms for the Selling Partner API "
            "(Solution Provider Agreement)."
        ),
        error_messages={"required": AGREE},
    )
    is_responsible = forms.BooleanField(
        label=_(
            "I take complete responsibility for the acts and omissions of this Packbench "
            "installation regarding my Amazon selling account and direct Amazon to allow it access."
        ),
        error_messages={"required": AGREE},
    )


class PrivateAppForm(ConnectingForm):
    """The seller's own private application (SEED-16, SEED-18)."""

    client_id = _plain(_("Client ID"), max_length=120, help_text="amzn1.application-oa2-client.…")
    client_secret = SecretField(label=_("Client secret"), help_text="amzn1.oa2-cs.v1.…")
    refresh_token = SecretField(label=_("Refresh token"), help_text="Atzr|…")
    seller_id = _plain(
        _("Seller ID"),
        max_length=20,
        help_text=_("Called Merchant token in Seller Central, Settings → Account info."),
        validators=[
            RegexValidator(
                r"^[Aa][0-9A-Za-z]{7,19}$",
                _("A seller ID has 8 to 20 letters and digits and begins with A."),
            )
        ],
    )
    country = MarketplaceField(
        help_text=_("One country where this account sells. It decides the region."),
    )

    def clean_client_id(self) -> str:
        return _client_id(self.cleaned_data["client_id"])

    def clean_seller_id(self) -> str:
        return str(self.cleaned_data["seller_id"]).upper()

    def credentials(self) -> Credentials:
        given = self.cleaned_data
        return Credentials(
            region=by_country(given["country"]).region,
            seller_id=given["seller_id"],
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            refresh_token=given["refresh_token"],
        )


class WebsiteForm(ConnectingForm):
    """Website authorization: the store to be, the application, the two consents (SEED-15)."""

    name = forms.CharField(label=_("Store name"), max_length=60, help_text=_("Such as Amazon ES."))
    country = MarketplaceField(
        help_text=_("Choose the right country: Seller Central of this country opens."),
    )
    feedback = _feedback()
    application = forms.ChoiceField(
        label=_("Application"), required=False, widget=forms.RadioSelect
    )
    client_id = _plain(
        _("Client ID"), max_length=120, required=False, help_text="amzn1.application-oa2-client.…"
    )
    client_secret = SecretField(label=_("Client secret"), required=False)
    application_id = _plain(
        _("Application ID"), max_length=120, required=False, help_text="amzn1.sp.solution.…"
    )
    is_draft = forms.BooleanField(
        label=_("The application is still a draft at Amazon"), required=False
    )
    has_all = forms.BooleanField(
        label=_("Add a store for every other marketplace of this account too"),
        help_text=_("One consent covers a whole region. You can also add them later."),
        required=False,
    )

    def __init__(self, applications: list[Application], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.applications = {application.pk: application for application in applications}
        field: Any = self.fields["application"]
        field.choices = [
            *[(pk, application.application_id) for pk, application in self.applications.items()],
            (NEW_APPLICATION, _("Another application")),
        ]
        field.initial = next(iter(self.applications), NEW_APPLICATION)

    def clean_client_id(self) -> str:
        return _client_id(self.cleaned_data["client_id"])

    def clean_application_id(self) -> str:
        given = str(self.cleaned_data["application_id"])
        if given and not given.startswith(APPLICATION_IDS):
            raise forms.ValidationError(NOT_AN_APPLICATION_ID, code="application_id")
        return given

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("application") not in self.applications:
            for name in ("client_id", "client_secret", "application_id"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, forms.ValidationError(_("Fill this in."), code="required"))
        return given

    def chosen(self) -> Application | GivenApplication:
        given = self.cleaned_data
        return self.applications.get(given["application"]) or GivenApplication(
            given["client_id"], given["client_secret"], given["application_id"], given["is_draft"]
        )


class FileStoreForm(RecognizingForm):
    """A store without API: a name and a marketplace."""

    name = forms.CharField(label=_("Store name"), max_length=60, help_text=_("Such as Amazon ES."))
    country = MarketplaceField()

    def marketplace(self) -> Marketplace:
        return by_country(self.cleaned_data["country"])


class MarketplacesForm(forms.Form):
    """Marketplaces to tick, each with the name of its store (SEED-23)."""

    feedback = _feedback()

    def __init__(
        self, account: SellerAccount, taken: set[str], wanted: str, *args: Any, **options: Any
    ) -> None:
        """`taken` are names of stores that exist; `wanted` is the country chosen before."""
        super().__init__(*args, **options)
        self.markets = without_store(account)
        self.fields["marketplace"] = forms.MultipleChoiceField(
            label=_("Marketplaces"),
            choices=[(market.id, market.name) for market in MARKETPLACES],
            error_messages={"required": _("Tick at least one marketplace.")},
            initial=[market.id for market in self.markets if market.country == wanted],
        )
        for market in MARKETPLACES:
            free = market.name not in taken
            self.fields[f"name_{market.id}"] = forms.CharField(
                label=_("Store name"),
                max_length=60,
                required=False,
                initial=market.name if free else f"{market.name} {account.seller_id}",
            )

    @property
    def rows(self) -> list[tuple[Marketplace, bool, forms.BoundField]]:
        """The marketplace, whether it is ticked, and the field of its name."""
        ticked = self["marketplace"].value() or []
        return [(each, each.id in ticked, self[f"name_{each.id}"]) for each in self.markets]

    def ticked(self) -> list[TickedMarketplace]:
        given = self.cleaned_data
        return [
            TickedMarketplace(
                marketplace_id,
                given[f"name_{marketplace_id}"] or by_id(marketplace_id).name,
                given["feedback"],
            )
            for marketplace_id in given["marketplace"]
        ]
