"""Orders whose customization is here: what a worker would have fetched, without fetching it."""

import io

from PIL import Image

from packbench.channels.base import ItemNotes
from packbench.channels.customizations import Choice, Details, Kind, Picture, Reading, Surface
from packbench.orders.customizing import claim_customization, fetch_customization
from tests.making import NOW, make_item, make_order

LINK = "https://zme-caps.amazon.com/t/wxyqzz/1"
TEXT = "Für Zoë & نور ❤\n二人で"


class Shelf:
    """Implements Customizations: one reading, whatever the link."""

    def __init__(self, reading):
        self.reading = reading

    def fetch(self, url):
        return b"archive"

    def read(self, content):
        return self.reading


def webp(color, size=(300, 200)):
    written = io.BytesIO()
    Image.new("RGB", size, color).save(written, "WEBP")
    return Picture(
        content=written.getvalue(), width=size[0], height=size[1], is_preview=color == "teal"
    )


def make_reading(text=TEXT, **changes):
    front = Surface(
        name="Front",
        previews=(0,),
        choices=(
            Choice(kind=Kind.TEXT, label="Name", text=text, font="Dancing Script"),
            Choice(kind=Kind.COLOR, label="Colour", color="#b3262e", color_name="Cherry red"),
            Choice(kind=Kind.OPTION, label="Gift box", text="=1+1", price="4.00 EUR"),
            Choice(kind=Kind.IMAGE, label="Photo", text="IMG_0815.JPG", picture=1),
        ),
    )
    details = Details(surfaces=(front,), left_out=("svg",))
    pictures = (webp("teal"), webp("orange", (200, 300)))
    return Reading(details=details, pictures=pictures, **changes)


def make_customized(store=None, external_id="402-0000001-0000001", *, is_here=True, **changes):
    """An order of two pieces of a customized item."""
    notes = ItemNotes(customization_url=LINK)
    items = (make_item(is_customized=True, quantity=2, notes=notes),)
    order = make_order(store, external_id=external_id, items=items, **changes)
    if is_here:
        put(order, make_reading())
    return order


def put(order, reading):
    claimed = claim_customization(now=NOW)
    assert claimed.item.order_id == order.pk
    fetch_customization(claimed, Shelf(reading), None, clock=lambda: NOW)
