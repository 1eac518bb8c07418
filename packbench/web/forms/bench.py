"""What the bench asks for, and what is said of a packed parcel."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.carriers.models import PackageType
from packbench.packing.models import BenchSettings
from packbench.products.describing import MOST_G


class LabelForm(forms.Form):
    """The box, and what the parcel weighs on the scale, box included."""

    package_type = forms.ModelChoiceField(queryset=PackageType.objects.none(), required=False)
    weight_g = forms.IntegerField(
        label=_("Weight with packaging"),
        min_value=1,
        max_value=MOST_G,
        required=False,
        error_messages={
            "required": _("Enter the weight in grams."),
            "invalid": _("Enter the weight as a whole number of grams."),
        },
    )

    def __init__(self, here: BenchSettings, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["weight_g"].required = here.asks_weight
        boxes: Any = self.fields["package_type"]
        boxes.queryset = here.workspace.package_types.all()


class BenchForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = BenchSettings
        fields: ClassVar = [
            "asks_box",
            "asks_weight",
            "takes_photo",
            "prints_itself",
            "prints_slip",
            "packers_may_override",
        ]
