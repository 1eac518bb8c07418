"""Wishing: a service rule's choice among rates, made by the job that buys the label."""

from datetime import datetime

import msgspec
from django.db import transaction

from packbench.carriers.base import Carrier, Feature
from packbench.carriers.models import CarrierAccount
from packbench.carriers.registry import can, open_carrier
from packbench.channels.models import sentence_json
from packbench.jobs import defer_once
from packbench.lib.errors import Rejected, RemoteError, TemporaryError
from packbench.lib.sentences import marked
from packbench.shipments.checking import asks_customs
from packbench.shipments.choosing import compared_accounts
from packbench.shipments.comparing import Offer
from packbench.shipments.expiring import set_clocks
from packbench.shipments.models import Label, Shipment
from packbench.shipments.planning import Wish
from packbench.shipments.purchasing import note, wait_after, withdraw
from packbench.shipments.rating import Compared, ask_rates, choose
from packbench.shipments.requesting import label_request
from packbench.shipments.status import Status, TooLate

NO_CARRIER = marked(
    "No carrier is set up whose rates could be compared. Tick “Compare its rates” at a carrier, or "
    "choose a service for this order."
)
NO_OFFER = marked(
    "No offer keeps what the service rule asks for. Compare the rates of this order and choose one "
    "yourself, or change the rule."
)


def carrier_for(shipment: Shipment, *, now: datetime) -> Carrier | None:
    """Return the carrier that sells the label, once the wish is granted; None where none does.

    A carrier that cannot be opened makes the shipment a draft with the reason. Raises TooLate.
    """
    if not grant_wish(shipment, now=now):
        return None
    try:
        return open_carrier(shipment.carrier_account)
    except RemoteError as error:
        _refuse(shipment, error, now=now)
        return None


def grant_wish(shipment: Shipment, *, now: datetime) -> bool:
    """Ask the carriers, outside of any transaction, and take the offer that the wish wants.

    Returns whether the label can be bought now. Where no offer will do, the shipment is a draft
    with its reason; where no carrier could be asked, it is tried again. Raises TooLate where
    another worker was first. A shipment without a wish is left as it is.
    """
    if shipment.wish is None:
        return True
    if shipment.status != Status.READY:
        raise TooLate(shipment.pk)
    wish = wish_of(shipment)
    try:
        compared = _ask(shipment, wish, now=now)
    except RemoteError as error:
        _refuse(shipment, error, now=now)
        return False
    offer = choose(compared.offers, wish)
    if offer is not None:
        _take(shipment, offer, wish, now=now)
        return True
    _go_without(shipment, compared, now=now)
    return False


def wish_of(shipment: Shipment) -> Wish:
    return msgspec.convert(shipment.wish, Wish)


def _ask(shipment: Shipment, wish: Wish, *, now: datetime) -> Compared:
    """Raises Rejected: nobody can be asked, or the buyer's address is gone."""
    accounts = compared_accounts(shipment.workspace)
    if wish.account_id:
        accounts = list(
            CarrierAccount.objects.opened()
            .in_use()
            .filter(workspace_id=shipment.workspace_id, pk=wish.account_id)
        )
    if len(shipment.order_ids()) > 1:  # the store's own carriers sell labels of one order alone
        accounts = [each for each in accounts if not can(each, Feature.TELLS_STORE)]
    if not accounts:
        raise Rejected(NO_CARRIER, code="no_compared_carrier")
    draft = Label(
        id="", shipment=shipment, claimed_at=now, address_script=shipment.order.address_script
    )
    request, asks = label_request(shipment, draft), asks_customs(shipment.order)
    return ask_rates(request, accounts, asks_customs=asks, now=now)


@transaction.atomic
def _take(shipment: Shipment, offer: Offer, wish: Wish, *, now: datetime) -> None:
    """Nobody saw the price, so none is promised: the account's spending limits guard it."""
    rate = offer.rate
    chosen = {
        "carrier_account": offer.account,
        "service": rate.service,
        "service_name": rate.name[:80],
        "carrier_name": rate.carrier_name[:60],
        "promised_at": rate.deliver_at,
        "is_protected": rate.is_protected,
        "wish": None,
    }
    mine = Shipment.objects.filter(pk=shipment.pk, status=Status.READY, wish__isnull=False)
    if mine.update(**chosen) != 1:
        raise TooLate(shipment.pk)
    for name, value in chosen.items():
        setattr(shipment, name, value)
    note(
        "shipment.chosen",
        shipment,
        now=now,
        choice=wish.choice,
        service=rate.service,
        carrier=offer.account.name,
    )


def _go_without(shipment: Shipment, compared: Compared, *, now: datetime) -> None:
    errors = [error for _, error in compared.failed]
    if compared.offers or not errors:
        _refuse(shipment, Rejected(NO_OFFER, code="no_offer"), now=now)
    elif any(isinstance(error, TemporaryError) for error in errors):
        _try_again(shipment, errors[0], now=now)
    else:
        _refuse(shipment, errors[0], now=now)


@transaction.atomic
def _try_again(shipment: Shipment, error: RemoteError, *, now: datetime) -> None:
    again_at = now + wait_after(shipment.attempts)
    mine = Shipment.objects.filter(
        pk=shipment.pk, status=Status.READY, attempts=shipment.attempts, wish__isnull=False
    )
    if mine.update(
        attempts=shipment.attempts + 1, problem=sentence_json(error), next_try_at=again_at
    ):
        defer_once("shipments.buy", at=again_at, shipment_id=shipment.pk)


@transaction.atomic
def _refuse(shipment: Shipment, error: RemoteError, *, now: datetime) -> None:
    withdraw(shipment, error, now=now)
    set_clocks(shipment.order_ids(), now=now)
