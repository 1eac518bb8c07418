"""The orders' keys: apart from the database, there before what they seal, gone when destroyed."""

import random
import threading
from datetime import timedelta

import pytest

from packbench.orders.models import Order
from packbench.privacy.keystore import KeyStore, Stored, key_store
from packbench.privacy.models import DataKey
from packbench.privacy.revealing import reveal
from packbench.privacy.tidying import UNKNOWN_FOR, tidy_keys
from tests.making import NOW, make_order, make_store


@pytest.fixture
def store(tmp_path):
    return KeyStore(tmp_path / "keys" / "orders.sqlite3")


@pytest.fixture
def own_store(settings, tmp_path):
    """A desk whose key store is new."""
    settings.KEY_STORE = tmp_path / "orders.sqlite3"
    return key_store()


def stored(number, chance):
    return Stored(f"key_{number}", "key_above", chance.randbytes(60))


def bytes_of(store):
    folder = store.path.parent
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


def test_a_destroyed_key_is_in_no_byte_of_the_files_any_more(store):
    chance = random.Random(1)
    keys = [stored(number, chance) for number in range(3000)]
    shuffled = chance.sample(keys, len(keys))
    for start in range(0, len(keys), 250):
        store.put(shuffled[start : start + 250], now=NOW)
    content = bytes_of(store)
    assert all(key.wrapped in content for key in keys)  # the control

    anew = [key._replace(parent_id="key_newer", wrapped=chance.randbytes(60)) for key in keys]
    store.replace(zip(keys, anew, strict=True))
    gone = {key.id for key in chance.sample(keys, 1500)}
    for key_id in gone:
        store.destroy([key_id])

    content = bytes_of(store)
    assert not [key.id for key in keys if key.wrapped in content]
    assert {key.id for key in anew if key.wrapped not in content} == gone
    assert store.count() == 1500


def test_a_destroyed_key_is_brought_back_by_nobody(store):
    key = stored(1, random.Random(2))
    store.put([key], now=NOW)
    assert store.destroy([key.id]) == 1

    assert store.destroy([key.id]) == 0
    store.put([key], now=NOW)
    store.replace([(key, key._replace(wrapped=b"x" * 60))])

    assert store.get(key.id) is None
    assert store.living([key.id]) == {}


def test_many_threads_put_read_and_destroy_at_once(store):
    errors = []

    def work(seed):
        chance = random.Random(seed)
        try:
            for number in range(40):
                key = stored(f"{seed}_{number}", chance)
                store.put([key], now=NOW)
                assert store.get(key.id) == key
                if number % 2:
                    assert store.destroy([key.id]) == 1
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert errors == []
    assert store.count() == 120


@pytest.mark.django_db
def test_the_database_holds_no_orders_key_and_refuses_one(own_store):
    order = make_order()

    assert DataKey.objects.get(pk=order.key_id).wrapped is None
    assert reveal(Order.objects.get(), "recipient", order.key).name == "Lucía Ferrer"
    assert own_store.path.stat().st_mode & 0o077 == 0
    with pytest.raises(Exception, match="orders_keys_are_elsewhere"):
        DataKey.objects.filter(pk=order.key_id).update(wrapped=b"key")


@pytest.mark.django_db
def test_what_a_failure_left_between_store_and_database_is_tidied(own_store):
    store = make_store()
    lives, lost = make_order(store, external_id="1"), make_order(store, external_id="2")
    rolled_back, _ = DataKey.make(store.workspace.key, now=NOW)
    own_store.put([Stored(rolled_back.pk, store.workspace.key_id, rolled_back.fresh)], now=NOW)
    DataKey.objects.filter(pk=lost.key_id).update(destroyed_at=NOW)

    assert tidy_keys(now=NOW) == 1
    assert own_store.get(lost.key_id) is None
    assert own_store.get(rolled_back.pk) is not None
    assert tidy_keys(now=NOW + UNKNOWN_FOR + timedelta(seconds=1)) == 1

    assert own_store.get(rolled_back.pk) is None
    assert own_store.get(lives.key_id) is not None


@pytest.mark.django_db
def test_a_desk_on_a_foreign_database_destroys_no_key(own_store):
    own_store.put([stored(number, random.Random(3)) for number in range(3)], now=NOW)

    assert tidy_keys(now=NOW + timedelta(days=400)) == 0
    assert own_store.count() == 3
