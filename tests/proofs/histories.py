"""Histories of orders, made up from a seed: every state that a store may show, one after another.

Pure: nothing is saved here. A history is a list of states, the oldest first.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from packbench.channels.base import (
    Address,
    Buyer,
    ChannelItem,
    ChannelOrder,
    ChannelPackage,
    Charge,
    ItemNotes,
    OrderDetails,
    OrderStatus,
    Payment,
    TaxRegistration,
)
from packbench.lib.money import Money
from tests.making import ES

BEGAN = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
LONG_AGO, FAR_OFF = BEGAN - timedelta(days=1), BEGAN + timedelta(days=400)
SKUS = [f"SKU-{number}" for number in range(12)]
TOWNS = ("Valencia", "Lugo", "Ávila", "Soria")
MOST_STATES = 9


def histories(dice, *, changes):
    """As many histories as it takes for so many states in all."""
    found, count = [], 0
    while count < changes:
        states = history(dice, f"402-{len(found):07}-0000001")[: changes - count]
        found.append(states)
        count += len(states)
    return found


def history(dice, external_id):
    kind = dice.choices(["plain", "digital", "afn"], weights=[88, 6, 6])[0]
    order = _placed(dice, external_id)
    if kind == "digital":
        return list(_digital(dice, order))
    if kind == "afn":
        return list(_by_amazon(dice, order))
    return list(_plain(dice, order))


def _plain(dice, order):
    if dice.random() < 0.4:
        yield _unpaid(order)
        order = _later(dice, order)
    order = _with(order, OrderStatus.AWAITING_SHIPMENT, "UNSHIPPED")
    yield order
    for _ in range(dice.randrange(MOST_STATES - 2)):
        order = _later(dice, dice.choice(STEPS)(dice, order))
        yield order
    if dice.random() < 0.5:
        yield from _ended(dice, order)


def _ended(dice, order):
    if dice.random() < 0.3:
        # What is over shows no address any more.
        ended = _with(order, OrderStatus.CANCELLED, "CANCELLED")
        yield replace(_soon(dice, ended), recipient=None, buyer=Buyer())
        return
    if dice.random() < 0.5:
        order = _shipping(_soon(dice, order), OrderStatus.PARTIALLY_SHIPPED, "PARTIALLY_SHIPPED")
        yield order
    yield _shipping(_soon(dice, order), OrderStatus.SHIPPED, "SHIPPED")


def _digital(dice, order):
    order = replace(order, recipient=None)
    if dice.random() < 0.7:
        yield _unpaid(order)
        order = _later(dice, order)
    order = _with(order, OrderStatus.AWAITING_SHIPMENT, "UNSHIPPED")
    yield order
    if dice.random() < 0.4:
        yield _later(dice, _with(order, OrderStatus.SHIPPED, "SHIPPED"))


def _by_amazon(dice, order):
    order = replace(order, is_ours_to_ship=False, recipient=None, buyer=Buyer())
    yield _with(order, OrderStatus.AWAITING_SHIPMENT, "UNSHIPPED")
    if dice.random() < 0.7:
        yield _later(dice, _with(order, OrderStatus.SHIPPED, "SHIPPED"))


def _placed(dice, external_id):
    at = BEGAN + timedelta(seconds=dice.randrange(10 * 86_400))
    return ChannelOrder(
        external_id=external_id,
        marketplace_id=ES,
        status=OrderStatus.AWAITING_SHIPMENT,
        remote_status="UNSHIPPED",
        created_at=at,
        updated_at=at,
        ship_from_at=dice.choice([None, LONG_AGO, FAR_OFF]),
        ship_by_at=at + timedelta(days=dice.randint(1, 5)),
        deliver_by_at=at + timedelta(days=8),
        programs=tuple(dice.sample(["PRIME", "PREORDER", "FBM_SHIP_PLUS"], dice.randrange(2))),
        service_level=dice.choice(["STANDARD", "NEXT_DAY"]),
        total=_euros(dice),
        charges=(Charge(kind="ITEM", total=_euros(dice)),),
        payments=(Payment(method="CashOnDelivery", total=_euros(dice)),),
        buyer=Buyer(name=_name(dice), email="x@marketplace.amazon.es"),
        details=OrderDetails(taxes=(TaxRegistration(kind="CPF", number=str(dice.random())),)),
        recipient=_address(dice),
        items=tuple(_item(dice, str(number)) for number in range(dice.randint(1, 3))),
    )


def _unpaid(order):
    """Nothing of people and prices is shown before the payment."""
    bare = replace(order, recipient=None, buyer=Buyer(), total=None, details=OrderDetails())
    return _with(bare, OrderStatus.AWAITING_PAYMENT, "PENDING")


def _moved(dice, order):
    return replace(order, recipient=_address(dice))


def _veiled(dice, order):
    """The role is missing: town and country alone."""
    place = Address(city=dice.choice(TOWNS), country="ES")
    items = tuple(replace(item, notes=ItemNotes()) for item in order.items)
    return replace(order, recipient=place, buyer=Buyer(), items=items)


def _counted(dice, order):
    items = tuple(replace(item, quantity=dice.randrange(5)) for item in order.items)
    return replace(order, items=items)


def _removed(dice, order):
    return replace(order, items=order.items[1:]) if len(order.items) > 1 else order


def _asked_to_cancel(dice, order):
    items = tuple(replace(item, cancel_requested=True) for item in order.items)
    return replace(order, items=items)


def _postponed(dice, order):
    return replace(order, ship_by_at=order.ship_by_at + timedelta(hours=dice.randint(-5, 30)))


def _wished(dice, order):
    first = order.items[0]
    note = ItemNotes(gift_message=f"Hola {dice.random()}")
    gift = replace(first, is_gift=True, notes=note, constraints=("signature",))
    return replace(order, items=(gift, *order.items[1:]))


def _added(dice, order):
    known = {item.external_id for item in order.items}
    item = _item(dice, str(10 + dice.randrange(5)))
    return order if item.external_id in known else replace(order, items=(*order.items, item))


STEPS = (
    _moved,
    _veiled,
    _counted,
    _removed,
    _added,
    _asked_to_cancel,
    _postponed,
    _wished,
)


def _shipping(order, status, word):
    packages = (ChannelPackage(reference="1", status="SHIPPED", carrier="DHL", items=(("0", 1),)),)
    done = status is OrderStatus.SHIPPED
    items = tuple(
        replace(item, quantity_fulfilled=item.quantity if done else min(1, item.quantity))
        for item in order.items
    )
    return replace(_with(order, status, word), packages=packages, items=items)


def _with(order, status, word):
    return replace(order, status=status, remote_status=word)


def _later(dice, order):
    return replace(order, updated_at=order.updated_at + timedelta(seconds=dice.randint(1, 9000)))


def _soon(dice, order):
    """Now and then within the same second: then the state that is further on counts."""
    return order if dice.random() < 0.25 else _later(dice, order)


def _item(dice, external_id):
    return ChannelItem(
        external_id=external_id,
        sku=dice.choice(SKUS),
        asin="B0BLUEMUG1",
        title=f"Mug {dice.randrange(100)}",
        quantity=dice.randint(1, 4),
        unit_price=_euros(dice),
        charges=(Charge(kind="ITEM", total=_euros(dice)),),
        promotions=tuple(dice.sample(["SPRING", "AUTUMN"], dice.randrange(3))),
    )


def _address(dice):
    return Address(
        name=_name(dice),
        line1=f"Calle Mayor {dice.randrange(200)}",
        city=dice.choice(TOWNS),
        postal_code=f"{dice.randint(10000, 50000)}",
        country="ES",
        phone=f"+34 6{dice.randrange(10**8):08}",
    )


def _name(dice):
    return f"{dice.choice(['Ana', 'Luis', 'Íñigo'])} {dice.choice(['Ferrer', 'Núñez'])}"


def _euros(dice):
    return Money(Decimal(dice.randrange(10_000)) / 100, "EUR")
