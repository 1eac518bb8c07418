"""Ciphertexts that are moved or damaged do not open: of ten thousand not one."""

import random

import pytest

from packbench.orders.models import Order
from packbench.privacy.fields import sealer, unseal
from packbench.privacy.keystore import Stored, key_store
from packbench.privacy.models import DataKey, KeyDestroyed
from packbench.privacy.sealing import OpenKey, Sealed, Unreadable
from tests.making import NOW, make_address, make_order, make_store, make_workspace

seal_recipient, seal_latin = sealer(Order, "recipient"), sealer(Order, "own_address")


def keys(chance, count):
    return [OpenKey.of(f"key_{number}", chance.randbytes(32)) for number in range(count)]


def opens(sealed, key):
    try:
        unseal(sealed, key)
    except Unreadable:
        return False
    return True


def test_ten_thousand_swapped_or_flipped_ciphertexts_are_all_rejected():
    chance = random.Random(1)
    every = keys(chance, 100)
    place = make_address()
    sealed = {key.id: seal_recipient(place, key) for key in every}
    assert all(opens(sealed[key.id], key) for key in every)  # the control
    opened = 0
    for _ in range(5000):
        one, other = chance.sample(every, 2)
        opened += opens(sealed[one.id], other)  # another order's
    for _ in range(2500):
        key = chance.choice(every)
        damaged = bytearray(sealed[key.id].ciphertext)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        opened += opens(Sealed(bytes(damaged), sealed[key.id].place, sealed[key.id].kind), key)
    for _ in range(2500):
        key = chance.choice(every)
        moved = Sealed(sealed[key.id].ciphertext, "orders_order.own_address", sealed[key.id].kind)
        cut = Sealed(sealed[key.id].ciphertext[: chance.randrange(40)], moved.place, moved.kind)
        opened += opens(chance.choice((moved, cut)), key)

    assert opened == 0


@pytest.mark.django_db
def test_columns_rows_and_keys_exchanged_in_the_database_do_not_open():
    store = make_store()
    one, other = make_order(store, external_id="1"), make_order(store, external_id="2")
    Order.objects.filter(pk=one.pk).update(recipient=other.recipient)
    Order.objects.filter(pk=other.pk).update(own_address=other.recipient)

    moved, swapped = Order.objects.get(pk=one.pk), Order.objects.get(pk=other.pk)
    assert not opens(moved.recipient, one.key.opened())
    assert not opens(swapped.own_address, other.key.opened())
    assert opens(swapped.recipient, other.key.opened())


@pytest.mark.django_db
def test_a_wrapped_key_that_is_moved_or_damaged_does_not_open(settings, tmp_path):
    settings.KEY_STORE = tmp_path / "keys.sqlite3"
    workspace, stranger = make_workspace(), make_workspace()
    rows = [DataKey.make(each.key, now=NOW)[0] for each in (workspace, workspace, stranger)]
    DataKey.keep(rows)
    mine, sibling, foreign = (key_store().get(row.pk) for row in rows)
    assert rows[0].opened()  # the control

    for wrapped in (
        sibling.wrapped,
        foreign.wrapped,
        mine.wrapped[:-1] + bytes([mine.wrapped[-1] ^ 1]),
    ):
        before = key_store().get(mine.id)
        key_store().replace([(before, Stored(mine.id, mine.parent_id, wrapped))])
        with pytest.raises(Unreadable):
            rows[0].opened()
    before = key_store().get(mine.id)
    key_store().replace([(before, Stored(mine.id, stranger.key_id, mine.wrapped))])
    with pytest.raises((Unreadable, KeyDestroyed)):
        rows[0].opened()
