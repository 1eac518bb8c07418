"""Forms of one store and its files."""

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.channels.models import Store
from packbench.channels.settling import MOST_HISTORY_DAYS, StoreSettings
from packbench.web.forms.fields import UploadField


class StoreForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    feedback = forms.ChoiceField(
        label=_("Tell Amazon that an order shipped"),
        choices=Store.Feedback.choices,
        widget=forms.RadioSelect,
    )
    has_amazon_fulfilled = forms.BooleanField(
        label=_("Import Amazon-fulfilled orders"),
        required=False,
        help_text=_("Once they have shipped, to look at only. They are never labelled here."),
    )
    history_days = forms.IntegerField(
        label=_("Days of history to import"),
        min_value=1,
        max_value=MOST_HISTORY_DAYS,
        help_text=_("From 1 to 90. With more days than before, the history is read again."),
    )

    def settings(self) -> StoreSettings:
        return StoreSettings(**self.cleaned_data)


class FileStoreSettingsForm(StoreForm):
    """A store without API has no history to read and nothing that Amazon fulfills."""

    has_amazon_fulfilled = None  # type: ignore[assignment]
    history_days = None  # type: ignore[assignment]

    def __init__(self, *args: object, store: Store, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.store = store

    def settings(self) -> StoreSettings:
        return StoreSettings(
            **self.cleaned_data,
            has_amazon_fulfilled=self.store.has_amazon_fulfilled,
            history_days=self.store.history_days,
        )


class ReportForm(forms.Form):
    report = UploadField(
        label=_("Report “Unshipped orders”"),
        allow_empty_file=True,
        help_text=_("The .txt file as Seller Central gave it."),
        error_messages={"required": _("Choose the file first.")},
        widget=forms.FileInput(attrs={"accept": ".txt,.tsv,text/plain"}),
    )
