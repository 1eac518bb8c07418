"""Filing: the shipping-confirmation file of a store without API (design §6.3)."""

from datetime import datetime

from django.db import transaction
from django.utils.module_loading import import_string

from packbench.channels.models import Store
from packbench.lib.errors import Rejected
from packbench.lib.marketplaces import by_id
from packbench.lib.sentences import marked
from packbench.shipments.confirming import confirmation_of, record_acceptance
from packbench.shipments.models import Notice, NoticeFile

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
    notices = list(waiting)
    if not notices:
        raise Rejected(NOTHING_TO_CONFIRM, code="nothing_to_confirm")
    write = import_string(WRITER)
    file = NoticeFile.objects.create(
        workspace_id=store.workspace_id,
        store=store,
        content=write([confirmation_of(notice) for notice in notices], by_id(store.marketplace_id)),
        count=len(notices),
        created_at=now,
    )
    for notice in notices:
        Notice.objects.filter(pk=notice.pk).update(file=file)
        record_acceptance(notice, request_id="", now=now, event="notice.exported")
    return file
