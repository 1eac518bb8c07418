"""What Amazon says of people: addresses, tax numbers, wishes for the delivery. Pure."""

from collections.abc import Iterable

from packbench.channels.base import (
    CardPayment,
    DeliveryHours,
    OrderDetails,
    TaxRegistration,
)
from packbench.connectors.amazon import wire
from packbench.lib.addresses import Address

NO_FIELDS = wire.ExtendedFields()
NO_WISHES = wire.DeliveryPreference()
NOTHING = OrderDetails()
CLOSED = "CLOSED"


def read_address(recipient: wire.Recipient) -> Address | None:
    address = recipient.deliveryAddress
    return _address(address, _instructions(recipient.deliveryPreference)) if address else None


def iso_country(code: str) -> str:
    """Return the ISO country: Amazon writes UK in places."""
    country = code.strip().upper()
    return "GB" if country == "UK" else country


def read_details(order: wire.Order) -> OrderDetails:
    """Return what is said of the buyer besides name and address."""
    wishes = order.recipient.deliveryPreference if order.recipient else None
    if not (wishes or order.tax or order.payment):
        return NOTHING
    wished = wishes or NO_WISHES
    return OrderDetails(
        taxes=tuple([_tax(each) for each in (order.tax and order.tax.taxRegistrations) or ()]),
        cards=_cards(order.payment),
        drop_off=wished.dropOffLocation or "",
        instruction=wished.addressInstruction or "",
        hours=_hours(wished.deliveryTime),
        capabilities=tuple(wished.deliveryCapabilities or ()),
    )


def _address(address: wire.DeliveryAddress, instructions: str = "") -> Address:
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
        instructions=instructions,
    )


def _instructions(preference: wire.DeliveryPreference | None) -> str:
    if preference is None:
        return ""
    return "; ".join(filter(None, (preference.dropOffLocation, preference.addressInstruction)))


def _tax(registration: wire.TaxRegistration) -> TaxRegistration:
    address = registration.taxRegistrationAddress
    return TaxRegistration(
        entity=registration.entityType or "",
        kind=registration.taxRegistrationType or "",
        number=registration.taxRegistrationNumber or "",
        name=registration.legalName or "",
        address=_address(address) if address else None,
        attributes=tuple(
            [
                (each.key or "", each.value or "")
                for each in registration.taxRegistrationAttributes or ()
            ]
        ),
    )


def _cards(payment: wire.OrderPayment | None) -> tuple[CardPayment, ...]:
    executions = (payment.paymentExecutions if payment else None) or ()
    return tuple(
        [
            CardPayment(
                method=each.paymentMethod or "",
                brand=each.cardBrand or "",
                acquirer=each.acquirerId or "",
                authorization=each.authorizationCode or "",
            )
            for each in executions
            if each.cardBrand or each.acquirerId or each.authorizationCode
        ]
    )


def _hours(times: wire.DeliveryTime | None) -> tuple[DeliveryHours, ...]:
    """The weekly hours, then the days that differ."""
    if times is None:
        return ()
    weekly = [
        DeliveryHours(day=each.dayOfWeek or "", spans=_spans(each.timeWindows))
        for each in times.businessHours or ()
    ]
    others = [
        DeliveryHours(
            day=each.exceptionDate or "",
            spans=_spans(each.timeWindows),
            is_closed=each.exceptionDateType == CLOSED,
        )
        for each in times.exceptionDates or ()
    ]
    return (*weekly, *others)


def _spans(windows: Iterable[wire.TimeWindow] | None) -> tuple[str, ...]:
    return tuple([f"{_clock(each.startTime)}–{_clock(each.endTime)}" for each in windows or ()])


def _clock(time: wire.HourMinute | None) -> str:
    return f"{time.hour or 0:02}:{time.minute or 0:02}" if time else "?"
