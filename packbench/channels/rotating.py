"""Rotating: a new client secret, without a gap (Amazon demands one every 180 days).

Amazon takes the old secret for seven more days: a worker that still holds it goes on.
"""

from datetime import datetime

from django.db import transaction
from msgspec.structs import replace

from packbench.channels.base import Probe
from packbench.channels.connecting import seal_secret
from packbench.channels.ending import trust_secret
from packbench.channels.models import Application
from packbench.channels.registry import credentials_of, open_with
from packbench.events.recording import record
from packbench.lib.errors import BadCredentials, Rejected
from packbench.lib.sentences import marked
from packbench.privacy.fields import unseal

SAME_SECRET = marked(
    "This is the client secret that is saved already. Make a new one in the Solution Provider "
    "Portal and paste that."
)
NO_TOKEN = marked(
    "No account of this application has a token to try the client secret with. Renew one first."
)


def save_secret(application: Application, client_secret: str, *, actor: str, now: datetime) -> None:
    """Try the secret at Amazon with the accounts' tokens, then save it and resume what waited.

    Raises RemoteError where Amazon does not take it, and then saved nothing.
    """
    secret = client_secret.strip()
    key = application.workspace.key.opened()
    if unseal(application.client_secret, key) == secret:
        raise Rejected(SAME_SECRET, code="same_secret")
    _try(application, secret, now=now)
    keep_secret(application, secret, actor=actor, now=now)
    application.refresh_from_db()


@transaction.atomic
def keep_secret(application: Application, secret: str, *, actor: str, now: datetime) -> None:
    """Save a secret that Amazon accepted, and resume what waited for it."""
    sealed = seal_secret(secret, application.workspace.key.opened())
    Application.objects.filter(pk=application.pk).update(client_secret=sealed, secret_saved_at=now)
    record(
        "secret.changed",
        application.workspace_id,
        actor=actor,
        now=now,
        application_id=application.pk,
    )
    trust_secret(application, actor=actor, now=now)


def _try(application: Application, secret: str, *, now: datetime) -> None:
    """Sign in with the token of an account.

    Login with Amazon looks at the secret before the token: one that has ended proves it as well.
    """
    accounts = application.accounts.filter(refresh_token__isnull=False)
    rows = accounts.select_related("application", "workspace__key").order_by("-authorized_at", "id")
    account = rows.first()
    if account is None:
        raise Rejected(NO_TOKEN, code="no_token")
    channel = open_with(replace(credentials_of(account), client_secret=secret))
    try:
        channel.probe(Probe.LOGIN, marketplace_id="", order_ids=(), since=now)
    except BadCredentials as refusal:
        if refusal.code != "authorization_ended":
            raise
