"""Filing: the shipping-confirmation file of a store without API (design §6.3)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.module_loading import import_string

from packbench.channels.base import Confirmation
from packbench.channels.models import Store, sentence_json
from packbench.lib.errors import Rejected, RemoteError
from packbench.lib.marketplaces import by_id
from packbench.lib.sentences import marked
from packbench.shipments.attempting import note_notice
from packbench.shipments.confirming import confirmation_of, record_acceptance
from packbench.shipments.models import Notice, NoticeFile

CHECKER = "packbench.connectors.amazon.confirming.check"
WRITER = "packbench.connectors.amazon.confirmation_file.write_confirmations"
NOTHING_TO_CONFIRM = marked("No parcel of this store waits to be confirmed.")
HAS_API = marked("Amazon is told of this store's parcels through its API. No file is needed.")


@transaction.atomic
def write_notice_file(store: Store, *, now: datetime) -> NoticeFile:
    """Write the file for Seller Central from all that waits; each parcel goes into one file.

    Raises Rejected where nothing waits, and for a store whose parcels go through the API. The
    file is kept and can be taken again.
    """
    if not store.is_file_store or store.is_own_shop:
        raise Rejected(HAS_API, code="not_a_file_store")
    waiting = (
        store.notices.to_file(now)
        .select_related("order", "store", "shipment__order", "shipment__carrier_account")
        .select_for_update(of=("self",))
        .order_by("deadline_at", "id")
    )
    said = _checked(waiting.prefetch_related("shipment__items__order_item"), now=now)
    if not said:
        raise Rejected(NOTHING_TO_CONFIRM, code="nothing_to_confirm")
    write = import_string(WRITER)
    file = NoticeFile.objects.create(
        workspace_id=store.workspace_id,
        store=store,
        content=write([each for _, each in said], by_id(store.marketplace_id)),
        count=len(said),
        created_at=now,
    )
    for notice, _ in said:
        Notice.objects.filter(pk=notice.pk).update(file=file)
        record_acceptance(notice, request_id="", now=now, event="notice.exported")
    return file


def _checked(notices: Iterable[Notice], *, now: datetime) -> list[tuple[Notice, Confirmation]]:
    """What each says. What Amazon would refuse is put before a person and left out of the file."""
    check, said = import_string(CHECKER), []
    for notice in notices:
        try:
            confirmation = confirmation_of(notice)
            check(confirmation)
        except RemoteError as error:
            Notice.objects.filter(pk=notice.pk).update(
                status=Notice.Status.FAILED, problem=sentence_json(error)
            )
            note_notice("notice.failed", notice, now=now, code=error.code)
            continue
        said.append((notice, confirmation))
    return said
