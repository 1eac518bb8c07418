"""Manifesting: the day is closed, and its parcels go with the driver on one form.

Claim → commit → call → record, as purchases are. Where the carrier makes no form, or a person
wants none of it, the form is a list of ours, which needs no call.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from packbench.accounts.models import Workspace
from packbench.carriers.base import Carrier, Feature, Manifested
from packbench.carriers.registry import can
from packbench.channels.models import sentence_json
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import (
    BadCredentials,
    OutcomeUnknown,
    Rejected,
    RemoteError,
    TemporaryError,
    Unsupported,
)
from packbench.lib.sentences import marked
from packbench.privacy.fields import sealer
from packbench.privacy.models import DataKey
from packbench.privacy.revealing import reveal
from packbench.shipments.handing_over import hand_over
from packbench.shipments.models import Companion, Label, Manifest, Shipment
from packbench.shipments.purchasing import ACTOR, wait_after
from packbench.shipments.scanning import lock_orders
from packbench.shipments.status import Status, TooLate

MOST = 500  # parcels on one form
MOST_TRIES = 20
FORM_DAYS = timedelta(days=14)
AT_HAND = (Status.PURCHASED, Status.PRINTED)
NOTHING = marked("Tick a parcel first: none of these waits for the driver any more.")
TOO_MANY = marked("A form holds at most %(most)s parcels. Tick fewer.")
NOT_TOGETHER = marked("A form is of one carrier and one address. Close the day for each.")
NOT_ASKED = marked("This form is there already, or was refused.")

seal_form = sealer(Manifest, "form")


def at_hand(workspace: Workspace) -> QuerySet[Shipment]:
    """Labels that wait for the driver and are on no form."""
    return workspace.shipments.filter(
        status__in=AT_HAND, manifest__isnull=True, is_manual=False
    ).order_by("created_at", "id")


def mover_of(shipment: Shipment) -> str:
    """Who moves the parcel, where the account is a broker's; empty where it is the carrier's."""
    name = shipment.carrier_name or shipment.channel_name or shipment.channel_code
    return name[:60]


def begin_manifest(
    workspace: Workspace, ids: Iterable[str], *, is_own: bool = False, actor: str, now: datetime
) -> Manifest:
    """Put these parcels on one form, and have the carrier asked for it.

    A list of ours is there at once, and its parcels are handed over. Those that went, or are on
    another form, are left out. Raises Rejected.
    """
    wanted = sorted(set(ids))
    if len(wanted) > MOST:
        raise Rejected(TOO_MANY, code="too_many", most=MOST)
    with transaction.atomic():
        lock_orders(wanted)
        rows = at_hand(workspace).filter(pk__in=wanted)
        rows = rows.select_related("carrier_account__workspace__key", "warehouse")
        here = list(rows.select_for_update(of=("self",)))
        manifest = _written_down(workspace, here, is_own=is_own, actor=actor, now=now)
        Shipment.objects.filter(pk__in=[row.pk for row in here]).update(manifest=manifest)
        _record("manifest.asked", manifest, actor=actor, now=now)
        if manifest.is_own:
            _make(manifest, actor=actor, now=now)
        else:
            defer_once("shipments.manifest", manifest_id=manifest.pk)
    return manifest


def ask_for_form(manifest: Manifest, opened: Callable[[], Carrier], *, now: datetime) -> None:
    """Ask the carrier for the form, and hand its parcels over. Safe to run again.

    The form's id is our reference: asked again, the carrier gives the same form. Refused, its
    parcels are free for another form. `opened` opens the carrier.
    """
    if not _claim(manifest, now=now):
        return
    try:
        made = opened().manifest(_label_ids(manifest), manifest.pk)
    except (TemporaryError, OutcomeUnknown, BadCredentials) as error:
        _ask_later(manifest, error, now=now)
    except (Rejected, Unsupported) as error:
        _refuse(manifest, error, now=now)
    else:
        _keep(manifest, made, now=now)


def ask_again(manifest: Manifest, *, now: datetime) -> None:
    """Have the carrier asked at once, however often it failed. Raises Rejected."""
    asked = Manifest.objects.filter(pk=manifest.pk, status=Manifest.Status.ASKED)
    if not asked.update(next_try_at=now, attempts=0):
        raise Rejected(NOT_ASKED, code="not_asked")
    defer_once("shipments.manifest", manifest_id=manifest.pk)


@transaction.atomic
def use_own_list(manifest: Manifest, *, actor: str, now: datetime) -> None:
    """Wait no longer for the carrier's form: the driver gets a list of ours. Raises Rejected."""
    lock_orders(_shipment_ids(manifest))
    row = Manifest.objects.select_for_update().get(pk=manifest.pk)
    if row.status != Manifest.Status.ASKED:
        raise Rejected(NOT_ASKED, code="not_asked")
    row.is_own = True
    _make(row, actor=actor, now=now)


def form_of(manifest: Manifest) -> bytes | None:
    """The carrier's form; None where there is none, or its time is over.

    A restore brings no such key back: then our own list is left.
    """
    key = DataKey.objects.select_related("parent").filter(pk=manifest.key_id).first()
    content: bytes | None = reveal(manifest, "form", key) if key else None
    return content


def forget_forms(order_ids: Sequence[str], *, now: datetime) -> None:
    """End the carriers' forms that these orders' parcels are on, their keys first."""
    ids = list(order_ids)
    own = Shipment.objects.filter(order__in=ids, manifest__isnull=False).order_by()
    along = Companion.objects.filter(order__in=ids, shipment__manifest__isnull=False).order_by()
    forms = own.values("manifest").union(along.values("shipment__manifest"))
    _end_forms(Manifest.objects.filter(pk__in=forms, form__isnull=False), now=now)


@transaction.atomic
def forget_old_forms(*, now: datetime) -> int:
    """End the forms whose time is over. Returns how many."""
    return _end_forms(Manifest.objects.filter(form_ends_at__lte=now), now=now)


def _end_forms(forms: QuerySet[Manifest], *, now: datetime) -> int:
    rows = dict(forms.select_for_update().order_by("pk").values_list("pk", "key_id"))
    DataKey.destroy(filter(None, rows.values()), now=now)
    return Manifest.objects.filter(pk__in=rows).update(form=None, form_ends_at=None)


def _written_down(
    workspace: Workspace, here: Sequence[Shipment], *, is_own: bool, actor: str, now: datetime
) -> Manifest:
    if not here:
        raise Rejected(NOTHING, code="nothing_to_close")
    first = here[0]
    kinds = {(row.carrier_account_id, row.warehouse_id, mover_of(row)) for row in here}
    if len(kinds) != 1:
        raise Rejected(NOT_TOGETHER, code="not_together")
    return Manifest.objects.create(
        workspace=workspace,
        carrier_account=first.carrier_account,
        warehouse=first.warehouse,
        mover=mover_of(first),
        is_own=is_own or not can(first.carrier_account, Feature.MANIFEST),
        count=len(here),
        next_try_at=now,
        created_by=actor,
        created_at=now,
    )


def _claim(manifest: Manifest, *, now: datetime) -> bool:
    """Take it for ourselves, as it was seen. False: another worker was first, or it is done."""
    due = Manifest.objects.due(now, lease=lease())
    seen = due.order_by().filter(pk=manifest.pk, claimed_at=manifest.claimed_at)
    if seen.update(claimed_at=now, next_try_at=now + lease()) != 1:
        return False
    manifest.claimed_at = now
    manifest.attempts += 1
    return True


def _mine(manifest: Manifest) -> QuerySet[Manifest]:
    return Manifest.objects.filter(
        pk=manifest.pk, status=Manifest.Status.ASKED, claimed_at=manifest.claimed_at
    )


def _label_ids(manifest: Manifest) -> tuple[str, ...]:
    labels = Label.objects.filter(
        shipment__manifest=manifest, status=Label.Status.PURCHASED
    ).order_by("id")
    return tuple(labels.values_list("carrier_label_id", flat=True))


def _shipment_ids(manifest: Manifest) -> list[str]:
    return list(manifest.shipments.order_by("id").values_list("pk", flat=True))


def _ask_later(manifest: Manifest, error: RemoteError, *, now: datetime) -> None:
    """The row says when it is asked again; after so many tries a person does."""
    wait = wait_after(manifest.attempts)
    if isinstance(error, TemporaryError) and error.retry_after:
        wait = max(wait, timedelta(seconds=error.retry_after))
    again_at = now + wait if manifest.attempts < MOST_TRIES else None
    mine = _mine(manifest)
    if (
        mine.update(problem=sentence_json(error), next_try_at=again_at, attempts=manifest.attempts)
        and again_at
    ):
        defer_once("shipments.manifest", at=again_at, manifest_id=manifest.pk)


@transaction.atomic
def _refuse(manifest: Manifest, error: RemoteError, *, now: datetime) -> None:
    refused = _mine(manifest).update(
        status=Manifest.Status.REFUSED, problem=sentence_json(error), next_try_at=None
    )
    if refused:
        Shipment.objects.filter(manifest=manifest).update(manifest=None)
        _record("manifest.refused", manifest, actor=ACTOR, now=now, code=error.code)


@transaction.atomic
def _keep(manifest: Manifest, made: Manifested, *, now: datetime) -> None:
    """Write the form down, sealed. Raises TooLate where another worker was first."""
    lock_orders(_shipment_ids(manifest))
    row = _mine(manifest).select_related("workspace__key").select_for_update(of=("self",)).first()
    if row is None:
        raise TooLate(manifest.pk)
    row.carrier_manifest_id = made.carrier_manifest_id[:200]
    form = next(iter(made.files), None)
    if form is not None:
        row.key, key = DataKey.make(row.workspace.key, now=now)
        DataKey.keep([row.key])
        row.form = seal_form(form.content, key)
        row.form_format, row.form_ends_at = form.format, now + FORM_DAYS
    _make(row, actor=ACTOR, now=now)


def _make(manifest: Manifest, *, actor: str, now: datetime) -> None:
    """The form is there: its parcels are with the driver."""
    manifest.status, manifest.made_at = Manifest.Status.MADE, now
    manifest.problem, manifest.next_try_at = None, None
    manifest.save()
    hand_over(_shipment_ids(manifest), actor=actor, now=now)
    _record("manifest.made", manifest, actor=actor, now=now, count=manifest.count)


def _record(name: str, manifest: Manifest, *, actor: str, now: datetime, **data: object) -> None:
    record(
        name,
        manifest.workspace_id,
        actor=actor,
        now=now,
        manifest_id=manifest.pk,
        carrier_id=manifest.carrier_account_id,
        **data,
    )
