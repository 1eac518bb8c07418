"""Many orders in little time: what is sealed is sealed for each, the rest is made by PostgreSQL.

Each order has a key, an address and a buyer of its own, really sealed, and real search tokens;
three items of 400 SKUs; and a shipment with a tracking number, where it was sent. Indexes of
the tables are dropped while they are filled and made anew afterwards.
"""

import random
import time
from datetime import timedelta

SKUS = 400
CHUNK = 50_000
WAITING = 10  # one order in so many waits
DAYS = 360
COUNTRIES = ("ES", "DE", "FR", "IT", "NL", "BE", "AT", "SE", "PL", "LU")
CITIES = ("Valencia", "Köln", "Lyon", "Sevilla", "Milano", "Utrecht", "Gent", "Wien", "Malmö")
FIRST = ("Maria", "Anna", "Jose", "Lucía", "Thomas", "Julia", "Peter", "Sofía", "Marc", "Eva")
SYLLABLES = ("ba", "ler", "mon", "ti", "gar", "ven", "so", "ri", "del", "ka", "nu", "fe", "zan")
TABLES = (
    "orders_order",
    "orders_orderitem",
    "orders_searchentry",
    "privacy_datakey",
    "shipments_shipment",
)
# What differs from order to order, by the number `n` and the chance `r` of its row.
ORDER = {
    "id": "s.id",
    "key_id": "s.key_id",
    "store_id": "(%(stores)s::text[])[1 + (r / 7 %% %(many_stores)s)::int]",
    "external_id": "'402-' || lpad((r %% 10000000)::text, 7, '0') || '-' || lpad(n::text, 7, '0')",
    "status": "status",
    "channel_status": "status",
    "placed_at": "placed",
    "changed_at": "placed",
    "imported_at": "placed",
    "ship_by_at": "placed + due",
    "due_at": "placed + due",
    "service_level": "case when r %% 11 = 0 then 'NEXT_DAY' else 'STANDARD' end",
    "programs": "case when r %% 9 = 0 then array['PRIME'] else '{}' end",
    "total_amount": "5 + r %% 9000 / 100.0",
    "quantity": "3",
    "weight_g": "100 + r %% 5000",
    "is_gift": "r %% 17 = 0",
    "is_customized": "r %% 997 = 0",
    "problems": "case when troubled then array['missing_weight'] else '{}' end",
    "has_problems": "troubled",
    # A third goes to nine cities, the others to three thousand towns.
    "ship_to_city": "case when r / 13 %% 3 = 0"
    " then (%(cities)s::text[])[1 + (r / 39 %% %(many_cities)s)::int]"
    " else 'Town ' || r / 39 %% 3000 end",
    "ship_to_postal_code": "lpad((r / 3 %% 90000)::text, 5, '0')",
    # Of ten countries each is half as frequent as the one before it.
    "ship_to_country": "(%(countries)s::text[])"
    "[least(10, 1 + floor(-ln((1 + r) / 4294967297.0) / ln(2)))::int]",
    "custom_field1": "'PO ' || lpad(n::text, 7, '0')",
    "custom_field2": "(placed + due)::date::text",
    "custom_field3": "case when r %% 11 = 0 then 'NEXT_DAY' else 'STANDARD' end",
    "recipient": "s.recipient",
    "buyer": "s.buyer",
}
CHANCE = """
select s.*, n %% {waiting} = 0 as waits,
    case when n %% {waiting} = 0 then 'awaiting_shipment'
        when n %% 101 = 1 then 'cancelled' else 'shipped' end as status,
    n %% {waiting} = 0 and n %% 7 = 0 as troubled,
    %(now)s::timestamptz - case when n %% {waiting} = 0 then interval '1 minute' * (r %% 4320)
        else interval '1 minute' * (r %% {minutes}) end as placed,
    interval '1 minute' * (1200 + r / 4321 %% 3000) as due
from (select *, hashint4(n)::bigint + 2147483648 as r from staged) s
"""


def load(workspace, stores, pattern, count, *, now, is_sealed=True):
    """Add so many orders like `pattern`; returns the seconds it took.

    Not sealed: what is sealed is the pattern's, and opens for nobody.
    """
    from django.db import connection

    began = time.perf_counter()
    number_products(workspace)
    with connection.cursor() as cursor:
        # In a test's transaction indexes that are made anew could not be used.
        definitions = [] if connection.in_atomic_block else _drop_indexes(cursor)
        for first in range(0, count, CHUNK):
            numbers = range(first, min(first + CHUNK, count))
            _stage(cursor, _sealed(workspace, numbers, now) if is_sealed else _plain(numbers, now))
            _spread(cursor, workspace, stores, pattern, now)
        for definition in definitions:
            cursor.execute(definition)
        # As autovacuum leaves it; a test's transaction cannot be vacuumed.
        cursor.execute("analyze" if connection.in_atomic_block else "vacuum analyze")
    return time.perf_counter() - began


def names(seed):
    """Full names. One in six has a first name of FIRST, and some last names are common."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(SYLLABLES, k=3)).title() for _ in range(2_000)]
    while True:
        is_common = chance.random() < 1 / 6
        first = chance.choice(FIRST) if is_common else chance.choice(words)
        yield f"{first} {words[int(len(words) * chance.random() ** 2)]}"


def _drop_indexes(cursor):
    """Drop the indexes that no constraint needs; returns what makes them anew."""
    cursor.execute(
        "select indexname, indexdef from pg_indexes i where schemaname = current_schema()"
        " and tablename = any(%s)"
        " and not exists (select from pg_constraint c where c.conname = i.indexname)",
        [list(TABLES)],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'drop index "{name}"')
    return [definition for _, definition in found]


def number_products(workspace):
    """Number the products, so that the items of so many orders find theirs."""
    from django.db import connection

    from packbench.products.models import Product

    products = [
        Product(
            workspace=workspace,
            sku=f"SKU-{number:04}",
            asin=f"B0{number:08}",
            title=f"Stoneware bowl {number}",
            weight_g=350,
            created_at=workspace.created_at,
        )
        for number in range(SKUS)
    ]
    Product.objects.bulk_create(products)
    with connection.cursor() as cursor:
        cursor.execute("create table products_numbered (number int primary key, pk text)")
        cursor.executemany(
            "insert into products_numbered values (%s, %s)",
            [(number, product.pk) for number, product in enumerate(products)],
        )


def _stage(cursor, rows):
    """Put what was made here where PostgreSQL spreads it from."""
    cursor.execute("drop table if exists staged")
    cursor.execute(
        "create unlogged table staged (n int, id text, key_id text,"
        " recipient bytea, buyer bytea, month int, tokens int[])"
    )
    with cursor.copy("copy staged from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _sealed(workspace, numbers, now):
    from packbench.channels.base import Buyer
    from packbench.lib.addresses import Address
    from packbench.orders.indexing import tokenizer
    from packbench.orders.models import Order
    from packbench.privacy.fields import sealer
    from packbench.privacy.keystore import Stored, key_store
    from packbench.privacy.models import DataKey
    from packbench.privacy.tokenizing import indexed_terms, month_of

    seal_recipient, seal_buyer = sealer(Order, "recipient"), sealer(Order, "buyer")
    keys = []
    for number, name in zip(numbers, names(numbers.start), strict=False):
        phone = f"+34 6{number * 7919 % 10**8:08}"
        email = f"b{number:07}@marketplace.amazon.es"
        key, opened = DataKey.make(workspace.key, now=now)
        keys.append(Stored(key.pk, workspace.key.pk, key.fresh))
        place = Address(
            name=name,
            line1=f"Calle {number % 300}",
            city="Valencia",
            postal_code="46001",
            country="ES",
            phone=phone,
        )
        month = month_of(now - timedelta(days=number % DAYS))
        terms = indexed_terms(names=[name], emails=[email], phones=[phone])
        id = f"ord_{number:026}"
        yield (
            number,
            id,
            key.pk,
            seal_recipient(place, opened).ciphertext,
            seal_buyer(Buyer(name=name, email=email), opened).ciphertext,
            month,
            tokenizer(workspace.key, month).tokens(terms, filler=id),
        )
    key_store().put(keys, now=now)


def _plain(numbers, now):
    """Nothing that opens; tokens that are as common as those of names."""
    from packbench.privacy.tokenizing import month_of

    for number in numbers:
        month = month_of(now - timedelta(days=number % DAYS))
        tokens = [number * 8 + place if place else number % 50 for place in range(8)]
        yield number, f"ord_{number:026}", f"key_{number:026}", b"", b"", month, tokens


def _spread(cursor, workspace, stores, pattern, now):
    from packbench.orders.models import Order, OrderItem, SearchEntry
    from packbench.shipments.models import Shipment

    chance = CHANCE.format(waiting=WAITING, minutes=DAYS * 24 * 60)
    values = {
        "now": now,
        "key": workspace.key.pk,
        "workspace": workspace.pk,
        "stores": [store.pk for store in stores],
        "many_stores": len(stores),
        "cities": list(CITIES),
        "many_cities": len(CITIES),
        "countries": list(COUNTRIES),
        "skus": SKUS,
        "pattern": pattern.pk,
    }
    cursor.execute(
        "insert into privacy_datakey (id, parent_id, created_at)"
        " select key_id, %(key)s, %(now)s from staged",
        values,
    )
    cursor.execute(_like(Order, ORDER, chance, "p.id = %(pattern)s"), values)
    sku = "(hashint4(n * 4 + place)::bigint + 2147483648) %% %(skus)s"
    item = {
        "id": "'itm_' || right(s.id, 20) || place",
        "order_id": "s.id",
        "position": "place",
        "external_id": "n::text || place",
        "product_id": f"(select pk from products_numbered where number = {sku})",
        "sku": f"'SKU-' || lpad(({sku})::text, 4, '0')",
        "asin": f"'B0' || lpad(({sku})::text, 8, '0')",
    }
    three = f"select * from ({chance}) s cross join generate_series(0, 2) as place"
    cursor.execute(_like(OrderItem, item, three, "p.order_id = %(pattern)s"), values)
    shipment = {
        "id": "'shp_' || right(s.id, 26)",
        "order_id": "s.id",
        "status": "'in_transit'",
        "tracking_number": "'TRK' || lpad(n::text, 9, '0')",
        "created_at": "placed",
        "purchased_at": "placed",
    }
    sent = f"select * from ({chance}) s where status = 'shipped'"
    cursor.execute(_like(Shipment, shipment, sent, "p.order_id = %(pattern)s"), values)
    cursor.execute(
        f"insert into {SearchEntry._meta.db_table} (order_id, workspace_id, key_id, month, tokens)"
        " select id, %(workspace)s, %(key)s, month, tokens from staged",
        values,
    )


def _like(model, changed, source, which):
    """The statement that copies the pattern's row for each of the source's, but for `changed`."""
    columns = [
        field.column
        for field in model._meta.concrete_fields
        if not (field.primary_key and field.column not in changed)
    ]
    said = ", ".join(changed.get(column, f'(like_it.p)."{column}"') for column in columns)
    quoted = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    return (
        f'insert into "{table}" ({quoted}) select {said} from ({source}) s,'
        f' (select p from "{table}" p where {which}) like_it'
    )
