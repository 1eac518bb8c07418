"""One order of Amazon's becomes one of ours (`market.md` C4 for the statuses). Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from packbench.channels.base import (
    Buyer,
    ChannelItem,
    ChannelOrder,
    ChannelPackage,
    ItemNotes,
    OrderStatus,
)
from packbench.connectors.amazon import wire
from packbench.lib.addresses import Address
from packbench.lib.money import Money

STATUSES = {
    "PENDING_AVAILABILITY": OrderStatus.AWAITING_PAYMENT,
    "PENDING": OrderStatus.AWAITING_PAYMENT,
    "UNSHIPPED": OrderStatus.AWAITING_SHIPMENT,
    "PARTIALLY_SHIPPED": OrderStatus.PARTIALLY_SHIPPED,
    "SHIPPED": OrderStatus.SHIPPED,
    "INVOICE_UNCONFIRMED": OrderStatus.SHIPPED,
    "CANCELLED": OrderStatus.CANCELLED,
    "UNFULFILLABLE": OrderStatus.UNFULFILLABLE,
}
LARGEST_EXPONENT = 14
REPLACEMENTS = ("REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID")

NOBODY = Buyer()
NO_NOTES = ItemNotes()
NO_WINDOW = wire.Window()
NO_FULFILLMENT = wire.OrderFulfillment()
NO_CHANNEL = wire.SalesChannel()
NO_PRODUCT = wire.Product()
NO_ITEM_FULFILLMENT = wire.ItemFulfillment()
NO_FIELDS = wire.ExtendedFields()


def read_order(order: wire.Order) -> ChannelOrder:
    """Return our order; ValueError or OverflowError where its times cannot be read."""
    channel = order.salesChannel or NO_CHANNEL
    fulfillment = order.fulfillment or NO_FULFILLMENT
    ship_by = fulfillment.shipByWindow or NO_WINDOW
    deliver_by = fulfillment.deliverByWindow or NO_WINDOW
    status = fulfillment.fulfillmentStatus or ""
    return ChannelOrder(
        external_id=order.orderId,
        marketplace_id=channel.marketplaceId or "",
        # A status that we do not know is shown and left alone: nobody ships by a guess.
        status=STATUSES.get(status, OrderStatus.PENDING_FULFILLMENT),
        remote_status=status,
        created_at=_utc(datetime.fromisoformat(order.createdTime)),
        updated_at=_utc(datetime.fromisoformat(order.lastUpdatedTime)),
        is_ours_to_ship=fulfillment.fulfilledBy != "AMAZON",
        is_from_channel=channel.channelName != "NON_AMAZON",
        seller_order_id=_seller_order_id(order.orderAliases or ()),
        programs=tuple(order.programs or ()),
        service_level=fulfillment.fulfillmentServiceLevel or "",
        ship_from_at=instant(ship_by.earliestDateTime),
        ship_by_at=instant(ship_by.latestDateTime),
        deliver_from_at=instant(deliver_by.earliestDateTime),
        deliver_by_at=instant(deliver_by.latestDateTime),
        replaces=_replaced(order.associatedOrders or ()),
        total=_money(order.proceeds.grandTotal) if order.proceeds else None,
        buyer=_buyer(order.buyer) if order.buyer else NOBODY,
        recipient=_recipient(order.recipient) if order.recipient else None,
        items=tuple([_item(item) for item in order.orderItems or ()]),
        packages=tuple([_package(package) for package in order.packages or ()]),
    )


def instant(text: str | None) -> datetime | None:
    """Return the time in UTC, or None where there is none that can be read."""
    if not text:
        return None
    try:
        return _utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _utc(time: datetime) -> datetime:
    if time.tzinfo is UTC:
        return time
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _money(amount: wire.Amount | None) -> Money | None:
    if amount is None or amount.amount is None:
        return None
    try:
        number = Decimal(str(amount.amount))
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > LARGEST_EXPONENT:
        return None
    return Money(number, amount.currencyCode or "")


def _seller_order_id(aliases: Sequence[wire.Alias]) -> str:
    for alias in aliases:
        if alias.aliasType == "SELLER_ORDER_ID":
            return alias.aliasId or ""
    return ""


def _replaced(associations: Sequence[wire.Association]) -> str:
    for association in associations:
        if association.associationType in REPLACEMENTS:
            return association.orderId or ""
    return ""


def _buyer(buyer: wire.Buyer) -> Buyer:
    return Buyer(
        name=buyer.buyerName or "",
        email=buyer.buyerEmail or "",
        company=buyer.buyerCompanyName or "",
        purchase_order_number=buyer.buyerPurchaseOrderNumber or "",
    )


def _recipient(recipient: wire.Recipient) -> Address | None:
    address = recipient.deliveryAddress
    if address is None:
        return None
    # Brazil: the street may come only in its parts.
    parts = address.extendedFields or NO_FIELDS
    street = ", ".join(filter(None, (parts.streetName, parts.streetNumber)))
    return Address(
        name=address.name or "",
        company=address.companyName or "",
        line1=address.addressLine1 or street,
        line2=address.addressLine2 or ("" if address.addressLine1 else parts.complement or ""),
        line3=address.addressLine3 or "",
        district=address.districtOrCounty or parts.neighborhood or "",
        city=address.city or address.municipality or "",
        state=address.stateOrRegion or "",
        postal_code=address.postalCode or "",
        country=iso_country(address.countryCode or ""),
        phone=address.phone or "",
        kind=(address.addressType or "").lower(),
        instructions=_instructions(recipient.deliveryPreference),
    )


def iso_country(code: str) -> str:
    """Return the ISO country: Amazon writes UK in places."""
    country = code.strip().upper()
    return "GB" if country == "UK" else country


def _instructions(preference: wire.DeliveryPreference | None) -> str:
    if preference is None:
        return ""
    return "; ".join(filter(None, (preference.dropOffLocation, preference.addressInstruction)))


def _item(item: wire.Item) -> ChannelItem:
    product = item.product or NO_PRODUCT
    fulfillment = item.fulfillment or NO_ITEM_FULFILLMENT
    gift = fulfillment.packing.giftOption if fulfillment.packing else None
    request = item.cancellation.cancellationRequest if item.cancellation else None
    custom = product.customization
    return ChannelItem(
        external_id=item.orderItemId,
        sku=product.sellerSku or "",
        asin=product.asin or "",
        title=product.title or "",
        quantity=item.quantityOrdered or 0,
        quantity_fulfilled=fulfillment.quantityFulfilled or 0,
        unit_price=_money(product.price.unitPrice) if product.price else None,
        gift_wrap=(gift.giftWrapLevel or "") if gift else "",
        is_gift=gift is not None,
        # An empty address means not customized; none at all may be withheld for want of a role.
        is_customized=custom is not None and custom.customizedUrl != "",
        cancel_requested=request is not None,
        cancel_reason=(request.cancelReason or "") if request else "",
        programs=tuple(item.programs or ()),
        notes=_notes(gift, custom) if gift or custom else NO_NOTES,
    )


def _notes(gift: wire.GiftOption | None, custom: wire.Customization | None) -> ItemNotes:
    return ItemNotes(
        gift_message=(gift.giftMessage or "") if gift else "",
        customization_url=(custom.customizedUrl or "") if custom else "",
    )


def _package(package: wire.Package) -> ChannelPackage:
    return ChannelPackage(
        reference=package.packageReferenceId or "",
        status=(package.packageStatus.status or "") if package.packageStatus else "",
        carrier=package.carrier or "",
        service=package.shippingService or "",
        tracking_number=package.trackingNumber or "",
        shipped_at=instant(package.shipTime),
        items=tuple(
            [(item.orderItemId or "", item.quantity or 0) for item in package.packageItems or ()]
        ),
    )
