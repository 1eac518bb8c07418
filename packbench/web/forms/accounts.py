"""Forms of an account's page: what is pasted in is never shown again."""

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.web.forms.connecting import RecognizingForm
from packbench.web.forms.fields import SecretField


class RefreshTokenForm(RecognizingForm):
    """The refresh token that is here already, renewed at Amazon, or a new one (SEED-90)."""

    refresh_token = SecretField(label=_("Refresh token"), help_text="Atzr|…")


class ClientSecretForm(RecognizingForm):
    """The application's next client secret."""

    client_secret = SecretField(label=_("New client secret"), help_text="amzn1.oa2-cs.v1.…")


class RevokeForm(forms.Form):
    is_meant = forms.BooleanField(
        label=_("Delete the token and erase the buyers' names and addresses of its orders."),
        error_messages={"required": _("Tick this box to confirm it.")},
    )
