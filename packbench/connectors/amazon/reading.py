"""One order of Amazon's becomes one of ours (`market.md` C4 for the statuses). Pure."""

from collections.abc import Sequence
from datetime import datetime

from packbench.channels.base import (
    Buyer,
    ChannelItem,
    ChannelOrder,
    ChannelPackage,
    Constraint,
    ItemFacts,
    ItemNotes,
    OrderStatus,
)
from packbench.connectors.amazon import wire
from packbench.connectors.amazon.amounts import read_charges, read_money, read_payments
from packbench.connectors.amazon.people import read_address, read_details
from packbench.connectors.amazon.times import instant, utc

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
CONSTRAINTS = {
    "palletDelivery": Constraint.PALLET,
    "cashOnDelivery": Constraint.CASH_ON_DELIVERY,
    "signatureConfirmation": Constraint.SIGNATURE,
    "recipientIdentityVerification": Constraint.IDENTITY,
    "recipientAgeVerification": Constraint.AGE,
}
REPLACEMENTS = {"REPLACEMENT_ORIGINAL_ID": "replacement", "EXCHANGE_ORIGINAL_ID": "exchange"}

NOBODY = Buyer()
NO_NOTES = ItemNotes()
NO_WINDOW = wire.Window()
NO_INVOICING = wire.TaxInvoicing()
NO_FULFILLMENT = wire.OrderFulfillment()
NO_CHANNEL = wire.SalesChannel()
NO_PRODUCT = wire.Product()
NO_PRICE = wire.Price()
NO_CONDITION = wire.Condition()
NO_CANCELLATION = wire.Cancellation()
NO_EXECUTION = wire.CancellationExecution()
NO_PACKING = wire.Packing()
NO_SHIPPING = wire.ItemShipping()
NO_TAX = wire.ItemTax()
NO_POINTS = wire.PointsGranted()
NO_ITEM_FULFILLMENT = wire.ItemFulfillment()


def read_order(order: wire.Order) -> ChannelOrder:
    """Return our order; ValueError or OverflowError where its times cannot be read."""
    channel = order.salesChannel or NO_CHANNEL
    fulfillment = order.fulfillment or NO_FULFILLMENT
    ship_by = fulfillment.shipByWindow or NO_WINDOW
    deliver_by = fulfillment.deliverByWindow or NO_WINDOW
    status = fulfillment.fulfillmentStatus or ""
    replaced = _replaced(order.associatedOrders or ())
    invoicing = (order.tax.taxInvoicing if order.tax else None) or NO_INVOICING
    return ChannelOrder(
        external_id=order.orderId,
        marketplace_id=channel.marketplaceId or "",
        # A status that we do not know is shown and left alone: nobody ships by a guess.
        status=STATUSES.get(status, OrderStatus.PENDING_FULFILLMENT),
        remote_status=status,
        created_at=utc(datetime.fromisoformat(order.createdTime)),
        updated_at=utc(datetime.fromisoformat(order.lastUpdatedTime)),
        is_ours_to_ship=fulfillment.fulfilledBy != "AMAZON",
        is_from_channel=channel.channelName != "NON_AMAZON",
        seller_order_id=_seller_order_id(order.orderAliases or ()),
        programs=tuple(order.programs or ()),
        service_level=fulfillment.fulfillmentServiceLevel or "",
        ship_from_at=instant(ship_by.earliestDateTime),
        ship_by_at=instant(ship_by.latestDateTime),
        deliver_from_at=instant(deliver_by.earliestDateTime),
        deliver_by_at=instant(deliver_by.latestDateTime),
        label_from_at=instant((fulfillment.labelPrintingWindow or NO_WINDOW).earliestDateTime),
        replaces=replaced.orderId or "" if replaced else "",
        replaces_kind=REPLACEMENTS[replaced.associationType or ""] if replaced else "",
        total=read_money(order.proceeds.grandTotal) if order.proceeds else None,
        charges=read_charges(order.proceeds.breakdowns) if order.proceeds else (),
        payments=read_payments(order.payment),
        invoice_status=invoicing.invoiceStatus or "",
        invoice_preference=invoicing.buyerInvoicePreference or "",
        buyer=_buyer(order.buyer) if order.buyer else NOBODY,
        details=read_details(order),
        recipient=read_address(order.recipient) if order.recipient else None,
        items=tuple([_item(item) for item in order.orderItems or ()]),
        packages=tuple([_package(package) for package in order.packages or ()]),
    )


def _seller_order_id(aliases: Sequence[wire.Alias]) -> str:
    for alias in aliases:
        if alias.aliasType == "SELLER_ORDER_ID":
            return alias.aliasId or ""
    return ""


def _replaced(associations: Sequence[wire.Association]) -> wire.Association | None:
    return next((each for each in associations if each.associationType in REPLACEMENTS), None)


def _buyer(buyer: wire.Buyer) -> Buyer:
    return Buyer(
        name=buyer.buyerName or "",
        email=buyer.buyerEmail or "",
        company=buyer.buyerCompanyName or "",
        purchase_order_number=buyer.buyerPurchaseOrderNumber or "",
    )


def _item(item: wire.Item) -> ChannelItem:
    product = item.product or NO_PRODUCT
    fulfillment = item.fulfillment or NO_ITEM_FULFILLMENT
    shipping = fulfillment.shipping or NO_SHIPPING
    gift = (fulfillment.packing or NO_PACKING).giftOption
    cancellation = item.cancellation or NO_CANCELLATION
    request, executed = cancellation.cancellationRequest, cancellation.cancellationExecution
    price = product.price or NO_PRICE
    condition = product.condition or NO_CONDITION
    custom = product.customization
    return ChannelItem(
        external_id=item.orderItemId,
        sku=product.sellerSku or "",
        asin=product.asin or "",
        title=product.title or "",
        quantity=item.quantityOrdered or 0,
        quantity_fulfilled=fulfillment.quantityFulfilled or 0,
        unit_price=read_money(price.unitPrice),
        charges=read_charges(item.proceeds.breakdowns) if item.proceeds else (),
        gift_wrap=(gift.giftWrapLevel or "") if gift else "",
        is_gift=gift is not None,
        # An empty address means not customized; none at all may be withheld for want of a role.
        is_customized=custom is not None and custom.customizedUrl != "",
        cancel_requested=request is not None,
        cancel_reason=(request.cancelReason or "") if request else "",
        cancelled_by=(executed or NO_EXECUTION).cancelledBy or "",
        programs=tuple(item.programs or ()),
        constraints=_constraints(shipping),
        promotions=_promotions(item.promotion),
        condition=" ".join(filter(None, (condition.conditionType, condition.conditionSubtype))),
        condition_note=condition.conditionNote or "",
        serial_numbers=tuple(product.serialNumbers or ()),
        ioss_number=_ioss(shipping),
        tax_scheme=_scheme(item.tax or NO_TAX),
        facts=_facts(item, price, fulfillment),
        notes=_notes(gift, custom, executed) if gift or custom or executed else NO_NOTES,
    )


def _facts(item: wire.Item, price: wire.Price, fulfillment: wire.ItemFulfillment) -> ItemFacts:
    """Return what only some items have; most have none of it."""
    shipping, packing = fulfillment.shipping or NO_SHIPPING, fulfillment.packing or NO_PACKING
    scheduled = shipping.scheduledDeliveryWindow or NO_WINDOW
    collected = next(iter((item.tax or NO_TAX).taxCollections or ()), wire.TaxCollection())
    points = _points(item.expense)
    measure, picking = item.measurement, fulfillment.picking
    preference = picking.substitutionPreference if picking else None
    return ItemFacts(
        measure=f"{measure.value} {measure.unit or ''}".strip()
        if measure and measure.value is not None
        else "",
        is_business_price=bool(price.priceDesignation),
        needs_serials=packing.serialNumberRequirement is not None,
        scheduled_from_at=instant(scheduled.earliestDateTime),
        scheduled_by_at=instant(scheduled.latestDateTime),
        points=points.pointsNumber or 0,
        points_value=read_money(points.pointsMonetaryValue),
        substitution=(preference.substitutionType or "") if preference else "",
        services=tuple(
            [
                (each.orderId or "", each.orderItemId or "")
                for each in item.associatedOrderItems or ()
            ]
        ),
        tax_model=collected.model or "",
        tax_party=collected.responsibleParty or "",
    )


def _constraints(shipping: wire.ItemShipping) -> tuple[str, ...]:
    """Return what the carrier must do, a demand that is new to us under Amazon's own name."""
    asked = shipping.shippingConstraints or {}
    return tuple([str(CONSTRAINTS.get(name, name)) for name, value in asked.items() if value])


def _promotions(promotion: wire.Promotion | None) -> tuple[str, ...]:
    found = (promotion.breakdowns if promotion else None) or ()
    return tuple([each.promotionId for each in found if each.promotionId])


def _ioss(shipping: wire.ItemShipping) -> str:
    abroad = shipping.internationalShipping
    return (abroad.iossNumber or "") if abroad else ""


def _scheme(tax: wire.ItemTax) -> str:
    schemes = (each.reportingScheme for each in tax.taxCalculationBreakdowns or ())
    return next(filter(None, schemes), "") or ""


def _points(expense: wire.Expense | None) -> wire.PointsGranted:
    cost = expense.pointsCost if expense else None
    return (cost.pointsGranted if cost else None) or NO_POINTS


def _notes(
    gift: wire.GiftOption | None,
    custom: wire.Customization | None,
    executed: wire.CancellationExecution | None,
) -> ItemNotes:
    return ItemNotes(
        gift_message=(gift.giftMessage or "") if gift else "",
        customization_url=(custom.customizedUrl or "") if custom else "",
        cancelled_reason=(executed.cancelReason or "") if executed else "",
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
