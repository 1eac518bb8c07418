"""Amazon Custom: the archive behind an item's link, in each of the forms that Amazon sends.

A link lives two weeks, or until it is told to die; asking for the order again gives a new one.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from packbench_sandbox.amazon.cataloging import picture
from packbench_sandbox.wire import Response
from packbench_sandbox.world.orders import DAY, Order

if TYPE_CHECKING:
    from packbench_sandbox.sandbox import Sandbox

Facts = dict[str, Any]

AMAZONS = b"https://zme-caps.amazon.com/t/"
LIVES_DAYS = 14
FORMS = ("tree", "flat", "old", "both")
WORDS = {"es": "María José", "ja": "さくら", "ar": "نور", "zh": "小龍", "he": "שלום"}
SCRIPT = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><text>x</text></svg>'
ZIP = "application/zip"


def with_links(response: Response, sandbox: Sandbox) -> Response:
    """Let the links of an answer lead here; each says when it was made."""
    made = f"{sandbox.link_generation}-{int(sandbox.clock.now() // DAY)}"
    here = f"{sandbox.url}/custom/{made}/t/".encode()
    response.body = response.body.replace(AMAZONS, here)
    return response


def show_archive(sandbox: Sandbox, made: str, token: str, item_id: str) -> Response:
    """The archive of an item: no token is asked for, the link is the key."""
    generation, _, day = made.partition("-")
    age = sandbox.clock.now() // DAY - int(day) if day.isdecimal() else LIVES_DAYS + 1
    if generation != str(sandbox.link_generation) or age > LIVES_DAYS:
        return Response(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
    found = _find(sandbox, token, item_id)
    if found is None:
        return Response(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")
    return Response(200, archive(*found), ZIP)


def archive(order: Order, item: Facts, form: str = "") -> bytes:
    """The ZIP of an item. Which form it has follows from the item's number."""
    item_id = item["orderItemId"]
    form = form or FORMS[zlib.crc32(item_id.encode()) % len(FORMS)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        document = json.dumps(_document(order, item, form), ensure_ascii=False, indent=1)
        files.writestr(f"{item_id}.json", document)
        files.writestr(f"{item_id}.xml", "<CustomizationInfo/>")
        files.writestr(f"{item_id}-preview.png", picture(item_id, 480))
        files.writestr(f"{item_id}-photo.png", picture(f"photo {item_id}", 640))
        files.writestr(f"{item_id}-print.svg", SCRIPT)
    return packed.getvalue()


def _find(sandbox: Sandbox, token: str, item_id: str) -> tuple[Order, Facts] | None:
    for seller_id in sandbox.world.sellers:
        for order in sandbox.world.orders_of(seller_id).values():
            for item in order.body["orderItems"]:
                url = item["product"].get("customization", {}).get("customizedUrl", "")
                if item["orderItemId"] == item_id and url.endswith(f"/{token}/{item_id}"):
                    return order, item
    return None


def _document(order: Order, item: Facts, form: str) -> Facts:
    item_id, product = item["orderItemId"], item["product"]
    body: Facts = {
        "orderId": order.id,
        "orderItemId": item_id,
        "legacyOrderItemId": item_id,
        "merchantId": order.seller_id,
        "marketplaceId": order.marketplace_id,
        "asin": product["asin"],
        "title": product["title"],
        "quantity": item["quantityOrdered"],
    }
    text = _text(order)
    if form in ("tree", "both"):
        body["customizationData"] = _tree(item_id, text)
    if form in ("flat", "both"):
        # The flat list loses texts that were moved: where both are there, the tree counts.
        lost = "" if form == "both" else text
        body["customizationInfo"] = {"version3.0": {"surfaces": _surfaces(item_id, lost)}}
    if form == "old":
        body["version3.0"] = {"customizationInfo": {"surfaces": _surfaces(item_id, text)}}
    return body


def _text(order: Order) -> str:
    name = order.body.get("recipient", {}).get("deliveryAddress", {}).get("name", "")
    first = name.split(" ")[0] or "Anna"
    own = list(WORDS.values())[zlib.crc32(order.id.encode()) % len(WORDS)]
    return f"{first} & {own}"


def _tree(item_id: str, text: str) -> Facts:
    front = [
        _node("PlacementContainer", "Name", [_leaf("Text", "Name", inputValue=text)]),
        _node("PlacementContainer", "Second line", [_leaf("Text", "", inputValue="")]),
        _leaf("Font", "Font", fontSelection={"family": "Dancing Script"}),
        _leaf("Color", "Colour", colorSelection={"name": "Cherry red", "value": "#B3262E"}),
        _node(
            "FlatRatePriceDeltaContainer",
            "Gift box",
            [
                _leaf(
                    "Option",
                    "Gift box",
                    displayValue="Wooden box",
                    optionSelection={
                        "name": "wooden",
                        "label": "Wooden box",
                        "priceDelta": {"amount": "4.00", "currencyCode": "EUR"},
                    },
                )
            ],
        ),
    ]
    image = {"imageName": f"{item_id}-photo.png", "buyerFilename": "IMG_0815.JPG"}
    back = [
        _node("PlacementContainer", "Photo", [_leaf("Image", "Photo", image=image)]),
        _leaf("LunarPhase", "Moon", displayValue="Waxing crescent"),
    ]
    preview = {"snapshot": {"imageName": f"{item_id}-preview.png"}}
    return _node(
        "PageContainer",
        "",
        [
            _node("PreviewContainer", "Front", [_node("FlatContainer", "", front)], **preview),
            _node("PreviewContainer", "Back", [_node("Container", "", back)]),
        ],
    )


def _surfaces(item_id: str, text: str) -> list[Facts]:
    return [
        {
            "name": "Surface 1",
            "areas": [
                {
                    "customizationType": "TextPrinting",
                    "label": "Name",
                    "name": "Name",
                    "text": text,
                    "fontFamily": "Dancing Script",
                    "fill": "#b3262e",
                    "colorName": "Cherry red",
                    "priceDelta": {"amount": "0.00", "currencyCode": "EUR"},
                },
                {
                    "customizationType": "Options",
                    "label": "Gift box",
                    "name": "Gift box",
                    "optionValue": "Wooden box",
                    "priceDelta": {"amount": "4.00", "currencyCode": "EUR"},
                },
                {
                    "customizationType": "ImagePrinting",
                    "label": "Photo",
                    "name": "Photo",
                    "svgImage": f"{item_id}-print.svg",
                },
            ],
        }
    ]


def _node(kind: str, label: str, children: list[Facts], **facts: Any) -> Facts:
    name = f"{kind}Customization"
    return {"type": name, "identifier": label, "label": label, "children": children, **facts}


def _leaf(kind: str, label: str, **facts: Any) -> Facts:
    return _node(kind, label, [], **facts)
