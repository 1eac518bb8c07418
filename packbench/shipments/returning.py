"""Returning: a label for the way back, bought or given by the seller (SEED-72).

Bought as any label is: claim → commit → call → record, under a reference of ours, and never twice.
Only carriers that can be asked what became of a purchase sell return labels, so no doubt is left to
a person. The file is sealed by the order's key and ends with the buyer's data, which a return does
not prolong.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from msgspec.structs import replace

from packbench.carriers.base import BoughtLabel, Carrier, Feature, LabelRequest, Options, RetryClass
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import open_carrier
from packbench.channels.models import sentence_json
from packbench.events.recording import record
from packbench.jobs import defer_once
from packbench.jobs.leasing import lease
from packbench.lib.errors import OutcomeUnknown, Rejected, RemoteError, TemporaryError
from packbench.lib.money import Money
from packbench.lib.sentences import marked
from packbench.orders.models import Order
from packbench.privacy.fields import sealer
from packbench.privacy.models import opened_if_alive
from packbench.privacy.revealing import record_disclosure, reveal
from packbench.shipments.models import Charge, Label, ReturnLabel, Shipment
from packbench.shipments.purchasing import ACTOR, wait_after
from packbench.shipments.requesting import gone, label_request
from packbench.shipments.settling import SOLD_ONCE, look_up
from packbench.shipments.spending import charge, cost_columns, keep_limits
from packbench.shipments.status import TooLate

log = structlog.get_logger(__name__)

MOST_BYTES = 4 * 1024 * 1024  # of a file that is given
MOST_TRIES = 20
FIELD = "return_label"  # as it is recorded in a Disclosure
SETTLED = (ReturnLabel.Status.MADE, ReturnLabel.Status.REMOVED)

NO_LABEL_YET = marked("There is no parcel to send back: buy its label first.")
ERASED = marked("The buyer's data of this order was erased: no return label can be made any more.")
ONE_ALREADY = marked("This parcel has a return label already.")
CANNOT_RETURN = marked("%(carrier)s sells no return labels. Choose another carrier.")
NO_SUCH_SERVICE = marked("Choose the carrier and the service of the return label.")
NOT_A_PDF = marked("This is no PDF file. Save the return label as PDF and choose that file.")
TOO_LARGE = marked("The file is larger than 4 MB. A label is far smaller: choose the label alone.")
NOT_REFUSED = marked("This return label was not refused, so it is not asked for again.")
BOUGHT_STAYS = marked("A return label that was bought stays. Only a file of yours is removed.")

seal_content = sealer(ReturnLabel, "content")
seal_ticket = sealer(ReturnLabel, "ticket")


def ways_back(shipment: Shipment) -> list[tuple[CarrierAccount, str, str]]:
    """What a return label can be bought by: the account, the service's code, and its name.

    A broker, which lists no services, sells the service that the parcel itself went by.
    """
    found = []
    for account in CarrierAccount.objects.opened().in_use().filter(workspace=shipment.workspace_id):
        try:
            carrier = open_carrier(account)
        except RemoteError:
            continue
        if not can_return(carrier):
            continue
        found += [(account, each.code, each.name) for each in carrier.services()]
        if not carrier.services() and account.pk == shipment.carrier_account_id:
            found.append((account, shipment.service, shipment.service_name or shipment.service))
    return found


def can_return(carrier: Carrier) -> bool:
    """Whether it sells return labels, and can be asked what became of a purchase."""
    return Feature.RETURNS in carrier.features and carrier.retry_class is not RetryClass.BLIND


@transaction.atomic
def ask_for_return(
    shipment: Shipment, account_id: str, service: str, *, actor: str, now: datetime
) -> ReturnLabel:
    """Have a return label bought, weighing what the parcel weighed. Raises Rejected."""
    ways = ways_back(shipment)
    if not any((account.pk, code) == (account_id, service) for account, code, _ in ways):
        raise Rejected(NO_SUCH_SERVICE, code="no_such_service")
    _check(shipment)
    row = ReturnLabel.objects.create(
        workspace_id=shipment.workspace_id,
        shipment=shipment,
        carrier_account_id=account_id,
        service=service,
        next_try_at=now,
        created_by=actor,
        created_at=now,
    )
    _note("return.asked", row, actor=actor, now=now)
    defer_once("shipments.buy_return", return_id=row.pk)
    return row


@transaction.atomic
def give_return(shipment: Shipment, content: bytes, *, actor: str, now: datetime) -> ReturnLabel:
    """Keep the seller's own return label, a PDF, sealed. Raises Rejected with what to change."""
    if len(content) > MOST_BYTES:
        raise Rejected(TOO_LARGE, code="too_large")
    if not content.startswith(b"%PDF-"):
        raise Rejected(NOT_A_PDF, code="not_a_pdf")
    order = _check(shipment)
    row = ReturnLabel.objects.create(
        workspace_id=shipment.workspace_id,
        shipment=shipment,
        status=ReturnLabel.Status.MADE,
        format="pdf",
        content=seal_content(content, order.key.opened()),
        created_by=actor,
        created_at=now,
        made_at=now,
    )
    _note("return.given", row, actor=actor, now=now)
    return row


@transaction.atomic
def remove_return(row: ReturnLabel, *, actor: str, now: datetime) -> None:
    """Remove a file that was given, or what was refused. Safe to run again. Raises Rejected."""
    here = ReturnLabel.objects.select_for_update().get(pk=row.pk)
    if here.status == ReturnLabel.Status.REMOVED:
        return
    if not here.is_given and here.status != ReturnLabel.Status.REFUSED:
        raise Rejected(BOUGHT_STAYS, code="bought_stays")
    ReturnLabel.objects.filter(pk=row.pk).update(
        status=ReturnLabel.Status.REMOVED, content=None, next_try_at=None
    )
    _note("return.removed", row, actor=actor, now=now)


@transaction.atomic
def ask_again(row: ReturnLabel, *, actor: str, now: datetime) -> None:
    """Ask for a refused one again, under the same reference. Raises Rejected."""
    refused = ReturnLabel.objects.filter(pk=row.pk, status=ReturnLabel.Status.REFUSED)
    if not refused.update(
        status=ReturnLabel.Status.ASKED, problem=None, attempts=0, next_try_at=now
    ):
        raise Rejected(NOT_REFUSED, code="not_refused")
    _note("return.asked", row, actor=actor, now=now)
    defer_once("shipments.buy_return", return_id=row.pk)


def open_returns(*, now: datetime) -> QuerySet[ReturnLabel]:
    """Those that a job must see to: asked for, or left in doubt."""
    waits = Q(status=ReturnLabel.Status.ASKED, next_try_at__lte=now)
    lost = Q(status=ReturnLabel.Status.UNKNOWN, next_try_at__lte=now)
    died = Q(status=ReturnLabel.Status.BUYING, claimed_at__lte=now - lease())
    return ReturnLabel.objects.filter(waits | lost | died).order_by("created_at", "pk")


def see_to_return(row: ReturnLabel, opened: Callable[[], Carrier], *, now: datetime) -> None:
    """Buy it, or find out what became of a purchase in doubt. Safe to run again and elsewhere.

    What the carrier answers ends on the row.
    """
    if not open_returns(now=now).filter(pk=row.pk).exists():
        return
    try:
        if row.status == ReturnLabel.Status.ASKED:
            _buy(row, opened, now=now)
        else:
            _settle(row, opened, now=now)
    except TooLate:
        return  # another worker was first


def content_of(row: ReturnLabel, *, actor: str, now: datetime) -> bytes | None:
    """The file for a person, on the record; None where it was erased or is not there."""
    order = row.shipment.order
    content: bytes | None = reveal(row, "content", order.key)
    if content is not None:
        record_disclosure(
            row.workspace_id, [order.pk], [FIELD], actor=actor, reason="return_label", now=now
        )
    return content


def empty_returns(order_ids: Sequence[str]) -> None:
    """Empty the return labels of these orders' parcels; their keys are gone already."""
    rows = ReturnLabel.objects.filter(shipment__in=Shipment.objects.of_orders(order_ids))
    rows.filter(Q(content__isnull=False) | Q(ticket__isnull=False)).update(
        content=None, ticket=None
    )


def _check(shipment: Shipment) -> Order:
    """Lock the parcel's order and see whether a return label may be made of it."""
    orders = Order.objects.select_related("key__parent").select_for_update(of=("self",))
    order = orders.get(pk=shipment.order_id)
    here = Shipment.objects.get(pk=shipment.pk)
    if order.erased_at is not None or opened_if_alive(order.key) is None:
        raise Rejected(ERASED, code="erased")
    if not here.has_label:
        raise Rejected(NO_LABEL_YET, code="no_label")
    live = ReturnLabel.objects.filter(shipment=here).exclude(status=ReturnLabel.Status.REMOVED)
    if live.exists():
        raise Rejected(ONE_ALREADY, code="one_already")
    return order


def _buy(row: ReturnLabel, opened: Callable[[], Carrier], *, now: datetime) -> None:
    _move(row, ReturnLabel.Status.BUYING, claimed_at=now, attempts=row.attempts + 1, ticket=None,
          prepared_at=None)  # fmt: skip
    begun, carrier = time.monotonic(), None
    try:
        carrier = opened()
        if not can_return(carrier):
            raise Rejected(CANNOT_RETURN, code="cannot_return", carrier=_name(row))
        request = _request(row)
        prepared = carrier.prepare(request)
        took = timedelta(seconds=time.monotonic() - begun)
        _record_preparation(row, prepared.ticket, prepared.cost, now=now + took)
        bought = carrier.buy(replace(request, ticket=prepared.ticket))
    except OutcomeUnknown as error:
        _doubt(row, error, wait=timedelta(seconds=max(carrier.quarantine_s if carrier else 0, 1)),
               now=now)  # fmt: skip
    except RemoteError as error:
        _record_no_purchase(row, error, now=now)
    else:
        _record_purchase(row, bought, now=now)


def _settle(row: ReturnLabel, opened: Callable[[], Carrier], *, now: datetime) -> None:
    """What was never prepared was never asked for; the rest is looked up."""
    _move(row, ReturnLabel.Status.UNKNOWN, claimed_at=now, next_try_at=now + lease())
    if row.prepared_at is None:
        _move(row, ReturnLabel.Status.ASKED, next_try_at=now)
        return
    carrier = None
    try:
        carrier = opened()
        found = look_up(_request(row), carrier, asked_at=row.prepared_at, now=now)
    except RemoteError as error:
        if carrier and carrier.retry_class in SOLD_ONCE and isinstance(error, Rejected):
            _record_no_purchase(row, error, now=now)
        else:
            _doubt(row, error, wait=wait_after(row.attempts), now=now)
        return
    if found:
        _record_purchase(row, found, now=now)
    else:
        _move(row, ReturnLabel.Status.ASKED, next_try_at=now, problem=None)


def _request(row: ReturnLabel) -> LabelRequest:
    """What the carrier is asked; the same row always gives the same. Raises Rejected."""
    shipment = Shipment.objects.with_order().get(pk=row.shipment_id)
    order = shipment.order
    draft = Label(
        id=row.pk,
        shipment=shipment,
        claimed_at=row.created_at,
        address_script=order.address_script,
    )
    return replace(
        label_request(shipment, draft),
        service=row.service,
        ships_at=row.created_at,
        deliver_by=None,
        options=Options(),
        ticket=reveal(row, "ticket", order.key) or "",
        is_return=True,
    )


def _move(row: ReturnLabel, to: ReturnLabel.Status, **fields: Any) -> None:
    """Move it on, as it was seen; raises TooLate where another worker was first."""
    mine = ReturnLabel.objects.filter(pk=row.pk, status=row.status, claimed_at=row.claimed_at)
    if mine.update(status=to, **fields) != 1:
        raise TooLate(row.pk)
    row.status = to
    for name, value in fields.items():
        setattr(row, name, value)


@transaction.atomic
def _record_preparation(row: ReturnLabel, ticket: str, cost: Any, *, now: datetime) -> None:
    """Write down that the carrier is asked to sell from here on, and set the price aside."""
    key = opened_if_alive(row.shipment.order.key)
    if key is None:
        raise gone()
    if row.carrier_account is not None:
        keep_limits(row.shipment, row.carrier_account, cost, now=now)
    _move(
        row,
        ReturnLabel.Status.BUYING,
        claimed_at=now,
        prepared_at=now,
        ticket=seal_ticket(ticket, key) if ticket else None,
        **cost_columns(cost),
    )
    _charge(row, Charge.Kind.QUOTED, cost, now=now)


@transaction.atomic
def _record_purchase(row: ReturnLabel, bought: BoughtLabel, *, now: datetime) -> None:
    """Write it down with its file, sealed; without it where the data was erased meanwhile.

    A label in the hand counts, whoever doubted it meanwhile. Where another was written down first,
    this one is surplus: it is recorded for a person to void.
    """
    orders = Order.objects.select_related("key__parent").select_for_update(of=("self",))
    key = opened_if_alive(orders.get(pk=row.shipment.order_id).key)
    file = next((each for each in bought.files if each.format == "pdf"), None)
    file = file or next(iter(bought.files), None)
    missing = ReturnLabel.objects.filter(pk=row.pk).exclude(status__in=SETTLED)
    made = missing.update(
        status=ReturnLabel.Status.MADE,
        carrier_label_id=bought.carrier_label_id[:200],
        tracking_number=bought.tracking_number[:60],
        format=file.format if file else "",
        content=seal_content(file.content, key) if file and key else None,
        problem=None,
        next_try_at=None,
        made_at=now,
        **(cost_columns(bought.cost) if bought.cost else {}),
    )
    if made:
        _charge(row, Charge.Kind.BOUGHT, bought.cost or row.cost, now=now)
        _note("return.made", row, actor=ACTOR, now=now)
        return
    _note(
        "label.surplus",
        row,
        actor=ACTOR,
        now=now,
        carrier_label_id=bought.carrier_label_id,
        tracking_number=bought.tracking_number,
    )


def _record_no_purchase(row: ReturnLabel, error: RemoteError, *, now: datetime) -> None:
    """Nothing was bought: tried again later, or refused, for a person to mend."""
    log.warning("return_not_bought", return_id=row.pk, code=error.code)
    problem, wait = sentence_json(error), wait_after(row.attempts)
    free = cost_columns(None)  # what was set aside
    if isinstance(error, TemporaryError) and row.attempts < MOST_TRIES:
        _move(row, ReturnLabel.Status.ASKED, problem=problem, next_try_at=now + wait, **free)
        defer_once("shipments.buy_return", at=now + wait, return_id=row.pk)
        return
    with transaction.atomic():
        _move(row, ReturnLabel.Status.REFUSED, problem=problem, next_try_at=None, **free)
        _note("return.refused", row, actor=ACTOR, now=now, code=error.code)


def _doubt(row: ReturnLabel, error: RemoteError, *, wait: timedelta, now: datetime) -> None:
    log.warning("return_in_doubt", return_id=row.pk, code=error.code)
    problem = sentence_json(error)
    _move(row, ReturnLabel.Status.UNKNOWN, problem=problem, next_try_at=now + wait)


def _charge(row: ReturnLabel, kind: Charge.Kind, cost: Money | None, *, now: datetime) -> None:
    if cost and row.carrier_account:
        charge(row, row.carrier_account, kind, cost, now=now)


def _name(row: ReturnLabel) -> str:
    return row.carrier_account.name if row.carrier_account else ""


def _note(name: str, row: ReturnLabel, *, actor: str, now: datetime, **data: Any) -> None:
    order = row.shipment.order
    record(
        name,
        row.workspace_id,
        actor=actor,
        now=now,
        order_id=order.pk,
        shipment_id=row.shipment_id,
        store_id=order.store_id,
        **data,
    )
