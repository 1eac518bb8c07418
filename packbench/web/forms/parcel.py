"""What a person says of one parcel before its label is bought, or its rates compared."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from msgspec import structs

from packbench.carriers.models import CarrierAccount, PackageType
from packbench.lib.errors import Rejected
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.products.describing import MOST_G
from packbench.shipments.planning import Means, Wish
from packbench.web.forms.shipping import MOST_MM, OptionsFields, options_initial, read_sides

NO_CHOICE = marked("Choose one of the services that are offered.")
BY_RULE = "rule"
SAID = ("signature", "insured", "is_saturday", "is_duty_paid")


def side(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=MOST_MM, required=False)


class ParcelForm(OptionsFields):
    """Weight of what is in it, box or size, options, and the service, as `account:code`."""

    weight_g = forms.IntegerField(
        label=_("Weight with packaging"),
        min_value=1,
        max_value=MOST_G,
        error_messages={
            "required": _("Enter the weight in grams."),
            "invalid": _("Enter the weight as a whole number of grams."),
        },
    )
    package_type = forms.ModelChoiceField(
        label=_("Package type"),
        queryset=PackageType.objects.none(),
        required=False,
        empty_label=_("No box"),
    )
    length_mm = side(_("Length (mm)"))
    width_mm = side(_("Width (mm)"))
    height_mm = side(_("Height (mm)"))
    service = forms.CharField(max_length=140, required=False)

    def __init__(self, order: Order, means: Means | None, *args: Any, **options: Any) -> None:
        if means is not None:
            options.setdefault("initial", _initial(order, means))
        super().__init__(*args, **options)
        boxes: Any = self.fields["package_type"]
        boxes.queryset = order.workspace.package_types.order_by("name")
        self.order = order

    def means(self, chosen: Means) -> Means:
        """The chosen means with what the person said. Raises Rejected: no such service.

        A form that says nothing of a box, as one of an older page, leaves it as it was chosen.
        """
        given = self.cleaned_data
        box = given["package_type"] if "package_type" in self.data else chosen.package_type
        sides = read_sides((given["length_mm"], given["width_mm"], given["height_mm"]))
        said = self.options()
        kept = structs.replace(chosen.options, **{name: getattr(said, name) for name in SAID})
        means = replace(
            chosen,
            package_type=box,
            size_mm=sides,
            weight_g=given["weight_g"] + (box.tare_g if box else 0),
            options=kept if _says_options(self.data) else chosen.options,
        )
        return self._with_service(means, given["service"])

    def _with_service(self, means: Means, said: str) -> Means:
        if said in ("", BY_RULE):
            return means
        accounts = CarrierAccount.objects.in_use().filter(workspace=self.order.workspace)
        account_id, colon, code = said.partition(":")
        if not colon:
            account, code = accounts.filter(is_default=True).first(), said
        else:
            account = accounts.filter(pk=account_id).first()
        if account is None:
            raise Rejected(NO_CHOICE, code="unknown_service")
        wish = None if code else Wish(account_id=account.pk)
        return replace(means, carrier_account=account, service=code, wish=wish)


def _says_options(data: Any) -> bool:
    return "signature" in data


def _initial(order: Order, means: Means) -> dict[str, Any]:
    return {
        **options_initial(means.options),
        "insured_currency": order.total_currency,
        "weight_g": order.weight_g,
        "package_type": means.package_type,
    }
