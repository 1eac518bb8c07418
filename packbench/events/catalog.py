"""Every event there is, each with one sentence. `noun.past_participle`."""

from packbench.lib.sentences import marked

EVENTS: dict[str, str] = {
    "account.connected": marked("Amazon account connected."),
    "account.expired": marked("Amazon no longer accepts the account's authorization."),
    "account.renewed": marked("Authorization renewed."),
    "batch.created": marked("Labels asked for in one batch."),
    "carrier.changed": marked("Carrier settings changed."),
    "label.printed": marked("Label printed."),
    "label.surplus": marked("The carrier sold a second label for it. Void that one there."),
    "label.voided": marked("Label voided."),
    "notice.accepted": marked("Amazon was told: carrier, tracking number and items."),
    "notice.exported": marked("Written into a shipping-confirmation file."),
    "notice.failed": marked("Amazon refused the confirmation."),
    "notice.verified": marked("Amazon shows the parcel as we sent it."),
    "order.cancelled": marked("Cancelled at Amazon."),
    "order.changed": marked("Changed at Amazon."),
    "order.held": marked("Put on hold."),
    "order.imported": marked("Imported."),
    "order.released": marked("Released from hold."),
    "order.shipped": marked("All items shipped."),
    "order.waived": marked("Shipped all the same: the problem was waived."),
    "order.weighed": marked("Weight set."),
    "report.imported": marked("Report of orders uploaded."),
    "shipment.doubted": marked(
        "The carrier's answer got lost; looking it up before anything else."
    ),
    "shipment.planned": marked("Shipment planned."),
    "shipment.purchased": marked("Label bought."),
    "shipment.refused": marked("The carrier refused the label."),
    "store.changed": marked("Store settings changed."),
    "store.created": marked("Store added."),
    "store.paused": marked("Store paused."),
    "store.resumed": marked("Store resumed."),
    "warehouse.saved": marked("Ship-from address saved."),
}
