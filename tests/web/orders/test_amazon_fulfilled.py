"""Orders that Amazon ships: shown with their carrier, and nothing to be done with them."""

from packbench.channels.base import Buyer, OrderStatus
from packbench.channels.models import Store
from tests.making import make_order


def test_an_order_that_amazon_ships_names_fulfillment_by_amazon(owner, store):
    Store.objects.filter(pk=store.pk).update(has_amazon_fulfilled=True)
    store.refresh_from_db()
    order = make_order(
        store,
        status=OrderStatus.SHIPPED,
        is_ours_to_ship=False,
        recipient=None,
        buyer=Buyer(),
        weight_g=None,
    )

    pages = [owner.get(url).content.decode() for url in ("/orders?tab=all", f"/orders/{order.pk}")]

    assert all("Fulfillment by Amazon" in page for page in pages)
    assert order.customer_id is None
    assert order.status == "shipped"
