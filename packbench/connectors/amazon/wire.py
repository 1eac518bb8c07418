"""Amazon's words as they come: nothing is required that we can do without, nothing is closed.

Unknown fields are ignored, unknown values stay text, times and amounts are read later and alone,
so that one odd value never costs the order (Orders 2026-01-01, Sellers v1).
"""

from typing import Any

from msgspec import Raw, Struct


class Amount(Struct):
    amount: str | int | float | None = None
    currencyCode: str | None = None


class Window(Struct):
    earliestDateTime: str | None = None
    latestDateTime: str | None = None


class Alias(Struct):
    aliasId: str | None = None
    aliasType: str | None = None


class Association(Struct):
    orderId: str | None = None
    associationType: str | None = None


class SalesChannel(Struct):
    channelName: str | None = None
    marketplaceId: str | None = None


class Buyer(Struct):
    buyerName: str | None = None
    buyerEmail: str | None = None
    buyerCompanyName: str | None = None
    buyerPurchaseOrderNumber: str | None = None


class ExtendedFields(Struct):
    streetName: str | None = None
    streetNumber: str | None = None
    complement: str | None = None
    neighborhood: str | None = None


class DeliveryAddress(Struct):
    name: str | None = None
    companyName: str | None = None
    addressLine1: str | None = None
    addressLine2: str | None = None
    addressLine3: str | None = None
    city: str | None = None
    districtOrCounty: str | None = None
    stateOrRegion: str | None = None
    municipality: str | None = None
    postalCode: str | None = None
    countryCode: str | None = None
    phone: str | None = None
    extendedFields: ExtendedFields | None = None
    addressType: str | None = None


class HourMinute(Struct):
    hour: int | None = None
    minute: int | None = None


class TimeWindow(Struct):
    startTime: HourMinute | None = None
    endTime: HourMinute | None = None


class BusinessHour(Struct):
    dayOfWeek: str | None = None
    timeWindows: list[TimeWindow] | None = None


class ExceptionDate(Struct):
    exceptionDate: str | None = None
    exceptionDateType: str | None = None
    timeWindows: list[TimeWindow] | None = None


class DeliveryTime(Struct):
    businessHours: list[BusinessHour] | None = None
    exceptionDates: list[ExceptionDate] | None = None


class DeliveryPreference(Struct):
    dropOffLocation: str | None = None
    addressInstruction: str | None = None
    deliveryTime: DeliveryTime | None = None
    deliveryCapabilities: list[str] | None = None


class Recipient(Struct):
    deliveryAddress: DeliveryAddress | None = None
    deliveryPreference: DeliveryPreference | None = None


class DetailedBreakdown(Struct):
    subtype: str | None = None
    value: Amount | None = None


class Breakdown(Struct):
    type: str | None = None
    status: str | None = None
    subtotal: Amount | None = None
    detailedBreakdowns: list[DetailedBreakdown] | None = None


class OrderProceeds(Struct):
    grandTotal: Amount | None = None
    breakdowns: list[Breakdown] | None = None


class PaymentExecution(Struct):
    paymentMethod: str | None = None
    paymentAmount: Amount | None = None
    acquirerId: str | None = None
    cardBrand: str | None = None
    authorizationCode: str | None = None


class OrderPayment(Struct):
    paymentExecutions: list[PaymentExecution] | None = None


class TaxAttribute(Struct):
    key: str | None = None
    value: str | None = None


class TaxRegistration(Struct):
    entityType: str | None = None
    legalName: str | None = None
    taxRegistrationType: str | None = None
    taxRegistrationNumber: str | None = None
    taxRegistrationAddress: DeliveryAddress | None = None
    taxRegistrationAttributes: list[TaxAttribute] | None = None


class TaxInvoicing(Struct):
    buyerInvoicePreference: str | None = None
    invoiceStatus: str | None = None


class OrderTax(Struct):
    taxRegistrations: list[TaxRegistration] | None = None
    taxInvoicing: TaxInvoicing | None = None


class OrderFulfillment(Struct):
    fulfillmentStatus: str | None = None
    fulfilledBy: str | None = None
    fulfillmentServiceLevel: str | None = None
    shipByWindow: Window | None = None
    deliverByWindow: Window | None = None
    labelPrintingWindow: Window | None = None


class Price(Struct):
    unitPrice: Amount | None = None
    priceDesignation: str | None = None


class Condition(Struct):
    conditionType: str | None = None
    conditionSubtype: str | None = None
    conditionNote: str | None = None


class Customization(Struct):
    customizedUrl: str | None = None


class Product(Struct):
    asin: str | None = None
    title: str | None = None
    sellerSku: str | None = None
    condition: Condition | None = None
    price: Price | None = None
    serialNumbers: list[str] | None = None
    customization: Customization | None = None


class CancellationRequest(Struct):
    requester: str | None = None
    cancelReason: str | None = None


class CancellationExecution(Struct):
    cancelledBy: str | None = None
    cancelReason: str | None = None


class Cancellation(Struct):
    cancellationRequest: CancellationRequest | None = None
    cancellationExecution: CancellationExecution | None = None


class GiftOption(Struct):
    giftMessage: str | None = None
    giftWrapLevel: str | None = None


class SerialNumberRequirement(Struct):
    requirementType: str | None = None


class Packing(Struct):
    giftOption: GiftOption | None = None
    serialNumberRequirement: SerialNumberRequirement | None = None


class SubstitutionPreference(Struct):
    substitutionType: str | None = None


class Picking(Struct):
    substitutionPreference: SubstitutionPreference | None = None


class InternationalShipping(Struct):
    iossNumber: str | None = None


class ItemShipping(Struct):
    scheduledDeliveryWindow: Window | None = None
    shippingConstraints: dict[str, Any] | None = None  # by name: new ones must not get lost
    internationalShipping: InternationalShipping | None = None


class ItemFulfillment(Struct):
    quantityFulfilled: int | None = None
    picking: Picking | None = None
    packing: Packing | None = None
    shipping: ItemShipping | None = None


class Measurement(Struct):
    unit: str | None = None
    value: str | int | float | None = None


class AssociatedItem(Struct):
    orderId: str | None = None
    orderItemId: str | None = None
    associationType: str | None = None


class PointsGranted(Struct):
    pointsNumber: int | None = None
    pointsMonetaryValue: Amount | None = None


class PointsCost(Struct):
    pointsGranted: PointsGranted | None = None


class Expense(Struct):
    pointsCost: PointsCost | None = None


class PromotionBreakdown(Struct):
    promotionId: str | None = None


class Promotion(Struct):
    breakdowns: list[PromotionBreakdown] | None = None


class ItemProceeds(Struct):
    breakdowns: list[Breakdown] | None = None


class TaxCalculation(Struct):
    reportingScheme: str | None = None


class TaxCollection(Struct):
    model: str | None = None
    responsibleParty: str | None = None


class ItemTax(Struct):
    taxCalculationBreakdowns: list[TaxCalculation] | None = None
    taxCollections: list[TaxCollection] | None = None


class Item(Struct):
    orderItemId: str
    quantityOrdered: int | None = None
    measurement: Measurement | None = None
    associatedOrderItems: list[AssociatedItem] | None = None
    programs: list[str] | None = None
    product: Product | None = None
    proceeds: ItemProceeds | None = None
    expense: Expense | None = None
    promotion: Promotion | None = None
    cancellation: Cancellation | None = None
    fulfillment: ItemFulfillment | None = None
    tax: ItemTax | None = None


class PackageStatus(Struct):
    status: str | None = None


class PackageItem(Struct):
    orderItemId: str | None = None
    quantity: int | None = None


class Package(Struct):
    packageReferenceId: str | None = None
    packageStatus: PackageStatus | None = None
    carrier: str | None = None
    shipTime: str | None = None
    shippingService: str | None = None
    trackingNumber: str | None = None
    packageItems: list[PackageItem] | None = None


class Order(Struct):
    orderId: str
    createdTime: str
    lastUpdatedTime: str
    orderAliases: list[Alias] | None = None
    programs: list[str] | None = None
    associatedOrders: list[Association] | None = None
    salesChannel: SalesChannel | None = None
    buyer: Buyer | None = None
    recipient: Recipient | None = None
    proceeds: OrderProceeds | None = None
    payment: OrderPayment | None = None
    tax: OrderTax | None = None
    fulfillment: OrderFulfillment | None = None
    orderItems: list[Item] | None = None
    packages: list[Package] | None = None


class OrderEnvelope(Struct):
    order: Order


class RawEnvelope(Struct):
    order: Raw


class Pagination(Struct):
    nextToken: str | None = None


class Page(Struct):
    orders: list[Order]
    pagination: Pagination | None = None
    lastUpdatedBefore: str | None = None
    createdBefore: str | None = None


class RawPage(Struct):
    orders: list[Raw]
    pagination: Pagination | None = None
    lastUpdatedBefore: str | None = None
    createdBefore: str | None = None


class JustId(Struct):
    orderId: str


class Marketplace(Struct):
    id: str


class ParticipationState(Struct):
    isParticipating: bool | None = None
    hasSuspendedListings: bool | None = None


class Participation(Struct):
    marketplace: Marketplace
    participation: ParticipationState | None = None
    storeName: str | None = None


class Participations(Struct):
    payload: list[Participation]
