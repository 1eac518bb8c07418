"""Forms of papers: what is printed how, on which paper, at which printer."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import Workspace
from packbench.labels.arranging import Wanted, known_kinds
from packbench.labels.models import (
    Kind,
    PaperChoice,
    PaperSettings,
    Printer,
    PrintRoute,
    SheetChoice,
    Station,
    StorePapers,
)
from packbench.labels.sheets import SHEETS
from packbench.labels.slips import our_template
from packbench.lib.errors import Rejected
from packbench.web.saying import say

HERE = "here"
MOST_PLACES = max(sheet.places for sheet in SHEETS.values())
FORMATS = (("pdf", _("PDF")), ("zpl", _("ZPL, as a file")))
ARRANGED = (("", _("Parcel by parcel")), ("kind", _("All labels first, then the other papers")))


class PapersForm(forms.Form):
    """What a person wants printed of some parcels."""

    kinds = forms.MultipleChoiceField(
        label=_("Papers"), choices=Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    sheet = forms.ChoiceField(label=_("Labels on"), choices=SheetChoice.choices, required=False)
    start = forms.TypedChoiceField(
        label=_("Begin at place"),
        choices=[(n, str(n)) for n in range(1, MOST_PLACES + 1)],
        coerce=int,
        empty_value="1",
        required=False,
        help_text=_("Of a sheet that was used before: from left to right, row by row."),
    )
    paper = forms.ChoiceField(
        label=_("Slips, invoices and lists on"), choices=PaperChoice.choices, required=False
    )
    arranged = forms.ChoiceField(label=_("Order"), choices=ARRANGED, required=False)
    format = forms.ChoiceField(label=_("As"), choices=FORMATS, required=False)
    to = forms.ChoiceField(label=_("Print at"), required=False)

    def __init__(
        self,
        printers: Sequence[Printer],
        *args: Any,
        settings: PaperSettings,
        station: Station | None = None,
        **options: Any,
    ) -> None:
        initial = {
            "kinds": [Kind.LABEL.value, *settings.with_labels],
            "sheet": settings.label_sheet,
            "paper": settings.document_paper,
            "arranged": "kind" if settings.is_by_kind else "",
            "start": 1,
        }
        options["initial"] = initial
        super().__init__(*args, **options)
        to: Any = self.fields["to"]
        at_station = gettext("The printers of %(station)s")
        to.choices = [
            *([("", at_station % {"station": station.name})] if station else []),
            (HERE, gettext("This browser")),
            *((row.pk, f"{row.name} · {row.agent}") for row in printers),
        ]

    def wanted(self) -> Wanted:
        given = self.cleaned_data
        return Wanted(
            kinds=known_kinds(given["kinds"]),
            format=given["format"] or "pdf",
            sheet=given["sheet"],
            paper=given["paper"],
            start=int(given["start"] or 1) - 1,
            is_by_kind=given["arranged"] == "kind",
        )


class PaperSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    with_labels = forms.MultipleChoiceField(
        label=_("Print along with the labels"),
        choices=[choice for choice in Kind.choices if choice[0] != Kind.LABEL],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Slips and gift cards only of stores that have them."),
    )

    class Meta:
        model = PaperSettings
        fields = (
            "label_sheet", "document_paper", "with_labels", "is_by_kind", "sort", "wave_size",
        )  # fmt: skip
        help_texts = {
            "label_sheet": _("A label is never made larger, and smaller only where it must be."),
            "sort": _("What a batch prints without another way being chosen."),
            "wave_size": _("How many orders one picks at once, each in a tote of its own."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("label_sheet", "document_paper", "sort"):
            field: Any = self.fields[name]
            field.required = False
            field.choices = self._meta.model._meta.get_field(name).choices

    def clean_sort(self) -> str:
        return str(self.cleaned_data["sort"] or self.instance.sort)


class StorePapersForm(forms.ModelForm):  # type: ignore[type-arg]
    """The papers of a store; a template that is empty is ours."""

    class Meta:
        model = StorePapers
        fields = ("has_slips", "has_gift_cards", "shows_prices", "slip_template", "card_template")
        labels = {
            "slip_template": _("Template of the packing slip"),
            "card_template": _("Template of the gift card"),
        }
        widgets = {
            name: forms.Textarea(attrs={"rows": rows, "class": "code", "spellcheck": "false"})
            for name, rows in (("slip_template", 18), ("card_template", 9))
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        instance: StorePapers = options["instance"]
        options["initial"] = {
            "slip_template": instance.slip_template or our_template(Kind.SLIP),
            "card_template": instance.card_template or our_template(Kind.GIFT_CARD),
        }
        super().__init__(*args, **options)

    def refuse(self, error: Rejected) -> None:
        """Show what is wrong with a template beside it."""
        self.add_error(None, say(error.sentence))


class StationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)


class PrinterForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Printer
        fields = ("language", "dpi", "label_sheet", "document_paper")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("label_sheet", "document_paper"):
            field: Any = self.fields[name]
            field.required = False
            field.choices = self._meta.model._meta.get_field(name).choices


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = PrintRoute
        fields = ("kind", "printer", "station", "store")

    def __init__(self, workspace: Workspace, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rows: Mapping[str, tuple[Any, str, str]] = {
            "printer": (workspace.printers.order_by("agent", "name"), gettext("Printer"), ""),
            "station": (
                workspace.stations.order_by("name"), gettext("Station"), gettext("All stations")
            ),
            "store": (
                workspace.stores.defer("brand_logo").order_by("name"),
                gettext("Store"),
                gettext("All stores"),
            ),
        }  # fmt: skip
        for name, (queryset, label, empty) in rows.items():
            field: Any = self.fields[name]
            field.queryset, field.label = queryset, label
            if empty:
                field.required, field.empty_label = False, empty
