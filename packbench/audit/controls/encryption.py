"""Part 2.4: what lies on disk is ciphertext, and where the keys are."""

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F

from packbench.audit.finding import Finding, Installation, met, not_met
from packbench.audit.registering import attested, control
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.privacy.fields import unseal
from packbench.privacy.keystore import key_store
from packbench.privacy.models import KeyDestroyed
from packbench.privacy.sealing import KEY_BYTES, Unreadable

SAMPLE = 100
KEY_LIFE = timedelta(days=366)


@control("encryption.fields", "2.4", marked("Buyers' data is sealed, one key an order"))
def sealed_fields(installation: Installation) -> Finding:
    orders = (
        installation.workspace.orders.filter(
            recipient__isnull=False, key__destroyed_at__isnull=True
        )
        .select_related("key__parent")
        .order_by("-imported_at")[:SAMPLE]
    )
    failed = sum(not _opens(order) for order in orders)
    if failed:
        return not_met(
            marked("%(count)s of the newest orders cannot be opened."),
            marked("Restore keys/root.key, or the backup that fits it."),
            count=failed,
        )
    return met(
        marked("AES-256-GCM, place and key bound in; the newest %(count)s were opened."),
        count=len(orders),
    )


@control("encryption.keys", "2.4", marked("No two orders share a key"))
def own_keys(installation: Installation) -> Finding:
    shared = installation.workspace.orders.filter(key=F("workspace__key")).count()
    if shared:
        return not_met(
            marked("%(count)s orders are sealed with the workspace's own key."),
            marked("Keep this finding for the auditor and report it: it must not happen."),
            count=shared,
        )
    return met(marked("%(bits)s random bits each."), bits=KEY_BYTES * 8)


@control("encryption.root", "2.4", marked("The root key is outside the database and private"))
def root_key(_: Installation) -> Finding:
    path = settings.KEYS_DIR / "root.key"
    if not path.exists():
        return met(marked("It comes from the environment."))
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return not_met(
            marked("%(path)s can be read by others (%(mode)s)."),
            marked("Run: chmod 400 %(path)s"),
            path=path,
            mode=oct(mode),
        )
    return met(marked("%(path)s, mode %(mode)s."), path=path, mode=oct(mode))


@control("encryption.store", "2.4", marked("Orders' keys are apart from the database"))
def keys_apart(installation: Installation) -> Finding:
    path = Path(settings.KEY_STORE)
    alive = installation.workspace.orders.filter(key__destroyed_at__isnull=True)
    ids = list(alive.order_by("-imported_at").values_list("key_id", flat=True)[:SAMPLE])
    lost = len(ids) - len(key_store().living(ids))
    if lost:
        return not_met(
            marked("%(path)s lacks the keys of %(count)s of the newest orders."),
            marked("Restore the newest backup, or set PACKBENCH_KEY_STORE to where the file is."),
            path=path,
            count=lost,
        )
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return not_met(
            marked("%(path)s can be read by others (%(mode)s)."),
            marked("Run: chmod 600 %(path)s"),
            path=path,
            mode=oct(mode),
        )
    return met(
        marked("%(path)s, mode %(mode)s; the database holds none."), path=path, mode=oct(mode)
    )


@control(
    "encryption.rotation", "2.4", marked("The keys above the orders' keys are replaced yearly")
)
def rotation(installation: Installation) -> Finding:
    made_at = installation.workspace.key.created_at
    if made_at < installation.now - KEY_LIFE:
        return not_met(
            marked("The workspace's key is of %(day)s."),
            marked("Run: packbench rotate-keys"),
            day=made_at.date().isoformat(),
        )
    return met(marked("The workspace's key is of %(day)s."), day=made_at.date().isoformat())


@control("encryption.secrets", "2.4", marked("Secrets and tokens are sealed"))
def sealed_secrets(installation: Installation) -> Finding:
    key = installation.workspace.key.opened()
    sealed: list[Any] = [
        *installation.workspace.applications.values_list("client_secret", flat=True),
        *installation.workspace.seller_accounts.values_list("refresh_token", flat=True),
    ]
    failed = 0
    for value in filter(None, sealed):
        try:
            unseal(value, key)
        except Unreadable:
            failed += 1
    if failed:
        return not_met(
            marked("%(count)s secrets cannot be opened."),
            marked("Save them again on the account's page."),
            count=failed,
        )
    count = len([value for value in sealed if value])
    return met(marked("%(count)s client secrets and refresh tokens."), count=count)


attested(
    "encryption.disks",
    "2.4",
    marked("The disks of this machine are encrypted"),
    todo=marked("Say how (LUKS, the provider's encryption). City and postal code lie in clear."),
    days=365,
)
attested(
    "assets.inventory",
    "2.3",
    marked("There is a list of the machines that hold or open the data, looked through quarterly"),
    todo=marked("Say where the list is and when it was last looked through."),
    days=92,
)
attested(
    "assets.removable",
    "2.3",
    marked("Buyers' data is on no removable medium and on no private device"),
    todo=marked("Say that printed and downloaded files are destroyed after use, and by whom."),
    days=365,
)


def _opens(order: Order) -> bool:
    try:
        unseal(order.recipient, order.key.opened())
    except (Unreadable, KeyDestroyed):
        return False
    return True
