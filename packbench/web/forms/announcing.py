"""The form of the seller's own queue; its secret is never shown again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.channels.base import QueueAccess
from packbench.channels.leads import HintQueue
from packbench.web.forms.fields import SecretField

PLAIN = {"autocomplete": "off", "spellcheck": "false", "class": "mono"}


class QueueForm(forms.Form):
    """Which queue, and a key that may read it."""

    url = forms.CharField(
        label=_("Queue URL"),
        max_length=200,
        help_text="https://sqs.eu-west-1.amazonaws.com/123456789012/packbench-orders",
        widget=forms.TextInput(attrs=PLAIN),
    )
    key_id = forms.CharField(
        label=_("Access key ID"),
        max_length=128,
        widget=forms.TextInput(attrs=PLAIN),
    )
    secret = SecretField(label=_("Secret access key"), max_length=200)

    def __init__(self, *given: Any, needs_secret: bool = True, **options: Any) -> None:
        super().__init__(*given, **{"auto_id": "queue_%s", **options})
        self.fields["secret"].required = needs_secret
        if not needs_secret:
            self.fields["secret"].help_text = _("Leave it empty to keep the one that is saved.")

    @classmethod
    def of(cls, queue: HintQueue | None) -> "QueueForm":
        if queue is None:
            return cls()
        return cls(needs_secret=False, initial={"url": queue.url, "key_id": queue.key_id})

    def access(self) -> QueueAccess:
        return QueueAccess(
            **{name: self.cleaned_data[name] for name in ("url", "key_id", "secret")}
        )
