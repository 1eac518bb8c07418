"""Managing: carrier accounts are added, changed, tested and closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from django.conf import settings as django_settings
from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.carriers.base import Carrier, CarrierSecrets, Feature, LabelRequest
from packbench.carriers.kinds import BY_CODE, KINDS, CarrierKind
from packbench.carriers.models import CarrierAccount, Warehouse
from packbench.carriers.registry import (
    NO_CARRIER,
    open_carrier,
    open_with,
    opening_with,
    secrets_of,
)
from packbench.carriers.varying import VARIANT, as_variant
from packbench.channels.models import SellerAccount, sentence_json
from packbench.events.recording import record
from packbench.lib.errors import Rejected, RemoteError, TemporaryError, Unsupported
from packbench.lib.sentences import marked
from packbench.privacy.fields import sealer

log = structlog.get_logger(__name__)

NAME_TAKEN = marked("The name “%(name)s” is taken. Choose another one.")
NEEDS_SELLER = marked("Choose the Amazon account that the labels are bought through.")
NO_SUCH_SERVICE = marked("%(carrier)s has no service “%(service)s”. Choose another one.")
IS_DEFAULT = marked("This is the default carrier. Make another one the default before closing it.")
IS_CLOSED = marked("This carrier is closed. Open it again first.")
NO_CURRENCY = marked("Say in which currency the limits are: three letters, such as EUR.")
TEST_WEIGHT_G = 500

seal_secrets = sealer(CarrierAccount, "secrets")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an account is to be. `secrets` holds only what is new: an empty one stays as it is."""

    name: str
    label_size: str = CarrierAccount.Size.FOUR_BY_SIX.value
    default_service: str = ""
    is_compared: bool = True
    most_per_label: Decimal | None = None
    most_per_day: Decimal | None = None
    limit_currency: str = ""
    no_scan_hours: int = 24
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    seller_account: SellerAccount | None = None


def kinds_on_offer() -> list[CarrierKind]:
    """What can be added on this installation."""
    return [kind for kind in KINDS if django_settings.SANDBOX_URL or not kind.needs_sandbox]


def add_account(
    workspace: Workspace, code: str, wanted: Wanted, *, actor: str, now: datetime
) -> CarrierAccount:
    """Add an account of that kind of carrier; the first one is the default. Raises RemoteError."""
    kind = BY_CODE.get(code)
    if kind is None:
        raise Unsupported(NO_CARRIER, code="no_carrier", carrier=code)
    account = CarrierAccount(workspace=workspace, carrier=kind.code, created_at=now)
    account.is_default = not workspace.carrier_accounts.filter(is_default=True).exists()
    return _save(account, kind, wanted, event="carrier.added", actor=actor, now=now)


def change_account(account: CarrierAccount, wanted: Wanted, *, actor: str, now: datetime) -> None:
    """Save how the account is called and used. Raises RemoteError: it cannot be opened so."""
    if account.closed_at is not None:
        raise Rejected(IS_CLOSED, code="carrier_closed")
    kind = as_variant(BY_CODE[account.carrier], str(account.settings.get(VARIANT, "")))
    _save(account, kind, wanted, event="carrier.changed", actor=actor, now=now)


def test_account(account: CarrierAccount, *, actor: str, now: datetime) -> RemoteError | None:
    """Ask the carrier something that costs nothing, and keep why it cannot be used, if it cannot.

    Returns what it answered where that was no yes. A carrier that is down for a moment says
    nothing of the account.
    """
    error = _trouble(account, now)
    if not isinstance(error, TemporaryError):
        account.trouble = sentence_json(error) if error else None
    account.checked_at = now
    account.save(update_fields=["trouble", "checked_at"])
    code = error.code if error else ""
    _record("carrier.tested", account, actor=actor, now=now, code=code)
    return error


@transaction.atomic
def choose_default(account: CarrierAccount, *, actor: str, now: datetime) -> None:
    """Let orders go with this account where no rule says otherwise. Safe to run again."""
    every = CarrierAccount.objects.filter(workspace_id=account.workspace_id)
    list(every.select_for_update().order_by("id").values_list("pk"))
    if every.filter(pk=account.pk, closed_at__isnull=False).exists():
        raise Rejected(IS_CLOSED, code="carrier_closed")
    every.filter(is_default=True).exclude(pk=account.pk).update(is_default=False)
    if every.filter(pk=account.pk, is_default=False).update(is_default=True):
        _record("carrier.changed", account, actor=actor, now=now)


@transaction.atomic
def close_account(account: CarrierAccount, *, actor: str, now: datetime) -> None:
    """Use it no more; its labels stay, and can still be printed and voided. Raises Rejected."""
    row = CarrierAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if row.is_default:
        raise Rejected(IS_DEFAULT, code="default_carrier")
    if row.closed_at is None:
        CarrierAccount.objects.filter(pk=row.pk).update(closed_at=now)
        _record("carrier.closed", account, actor=actor, now=now)


@transaction.atomic
def reopen_account(account: CarrierAccount, *, actor: str, now: datetime) -> None:
    """Use it again. Safe to run again."""
    closed = CarrierAccount.objects.filter(pk=account.pk, closed_at__isnull=False)
    if closed.update(closed_at=None):
        _record("carrier.reopened", account, actor=actor, now=now)


def _save(
    account: CarrierAccount,
    kind: CarrierKind,
    wanted: Wanted,
    *,
    event: str,
    actor: str,
    now: datetime,
) -> CarrierAccount:
    if kind.needs_seller and wanted.seller_account is None:
        raise Rejected(NEEDS_SELLER, code="no_seller_account")
    _check_limits(wanted)
    secrets = CarrierSecrets(values={**secrets_of(account).values, **_given(wanted.secrets)})
    settings = {**_not_asked(account, kind), **wanted.settings}
    carrier = open_with(kind.code, opening_with(settings, secrets, wanted.seller_account))
    _check_service(carrier, wanted)
    with transaction.atomic():
        others = CarrierAccount.objects.filter(workspace_id=account.workspace_id)
        if others.exclude(pk=account.pk).filter(name=wanted.name).exists():
            raise Rejected(NAME_TAKEN, code="name_taken", name=wanted.name)
        _write(account, wanted, settings, secrets)
        account.save()
        _record(event, account, actor=actor, now=now)
    return account


def _write(
    account: CarrierAccount, wanted: Wanted, settings: Mapping[str, Any], secrets: CarrierSecrets
) -> None:
    account.name, account.label_size = wanted.name, wanted.label_size
    account.default_service = wanted.default_service
    account.is_compared = wanted.is_compared
    account.most_per_label, account.most_per_day = wanted.most_per_label, wanted.most_per_day
    has_limit = wanted.most_per_label is not None or wanted.most_per_day is not None
    account.limit_currency = wanted.limit_currency if has_limit else ""
    account.no_scan_hours = wanted.no_scan_hours
    account.settings = dict(settings)
    account.seller_account = wanted.seller_account
    if secrets.values:
        account.secrets = seal_secrets(secrets, account.workspace.key.opened())


def _given(secrets: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in secrets.items() if value}


def _not_asked(account: CarrierAccount, kind: CarrierKind) -> dict[str, Any]:
    """The settings that are kept elsewhere, such as own prices: no form of the account has them."""
    asked = {ask.name for ask in kind.asks}
    return {name: value for name, value in account.settings.items() if name not in asked}


def _check_limits(wanted: Wanted) -> None:
    has_limit = wanted.most_per_label is not None or wanted.most_per_day is not None
    code = wanted.limit_currency
    if has_limit and not (len(code) == 3 and code.isascii() and code.isupper()):
        raise Rejected(NO_CURRENCY, code="no_limit_currency")


def _check_service(carrier: Carrier, wanted: Wanted) -> None:
    """A service must be one of the list; a carrier without a list knows it when it is asked."""
    codes = {service.code for service in carrier.services()}
    if codes and wanted.default_service and wanted.default_service not in codes:
        raise Rejected(
            NO_SUCH_SERVICE,
            code="unknown_service",
            carrier=wanted.name,
            service=wanted.default_service,
        )


def _trouble(account: CarrierAccount, now: datetime) -> RemoteError | None:
    """Refusals of the parcel that is asked for say that the account itself was let in."""
    warehouse = Warehouse.objects.filter(workspace_id=account.workspace_id, is_default=True).first()
    try:
        carrier = open_carrier(account)
        if warehouse is None or Feature.RATES not in carrier.features:
            carrier.services()
        else:
            carrier.rates(_example(account, warehouse, now))
    except Rejected as error:
        log.info("carrier_test_refused", carrier_account_id=account.pk, code=error.code)
    except RemoteError as error:
        return error
    return None


def _example(account: CarrierAccount, warehouse: Warehouse, now: datetime) -> LabelRequest:
    """A parcel from the warehouse to itself."""
    return LabelRequest(
        reference="",
        order_number="",
        service=account.default_service,
        ship_from=warehouse.address,
        ship_to=warehouse.address,
        weight_g=TEST_WEIGHT_G,
        size_mm=(200, 150, 100),
        ships_at=now,
    )


def _record(name: str, account: CarrierAccount, *, actor: str, now: datetime, **data: Any) -> None:
    record(name, account.workspace_id, actor=actor, now=now, carrier_id=account.pk, **data)
