"""Documents: what the JSON of a customization says, in either of the two forms of Amazon.

The tree (`customizationData`) is walked first: the flat list (`customizationInfo`) can lose texts
that were moved (`spapi.md` §6.5). What is unknown is kept as label and text. Pure and bounded.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from packbench.channels.customizations import Choice, Kind, Surface
from packbench.connectors.amazon.custom.refusals import Refused
from packbench.connectors.amazon.custom.unpacking import Files

MOST_BYTES = 2 * 1024 * 1024
MOST_DOCUMENTS = 5
MOST_NODES = 5000
MOST_DEPTH = 50
MOST_CHOICES = 200
LONGEST_TEXT = 4000
LONGEST_LABEL = 200
VERSION = "version3.0"
HEX = re.compile(r"#?([0-9a-fA-F]{6})([0-9a-fA-F]{2})?")
SHORT_HEX = re.compile(r"#?([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])")
# Controls but line breaks, halves of pairs, and marks that turn the direction of a text.
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
NAMED_ONLY = ("displayValue", "inputValue", "text", "value", "optionValue")

Node = dict[str, Any]
Place = Callable[..., int | None]  # where a picture of this name is


def find_document(files: Files) -> Node:
    """Return the JSON that says what was chosen. Raises Refused."""
    texts = [content for name, content in files.items() if name.casefold().endswith(".json")]
    if not texts:
        raise Refused("document_missing")
    found = [body for text in texts[:MOST_DOCUMENTS] if (body := _decoded(text)) is not None]
    if not found:
        raise Refused("document_unreadable")
    for body in found:
        if _tree(body) or _flat_surfaces(body):
            return body
    raise Refused("document_missing")


def surfaces_of(body: Node, place: Place) -> tuple[tuple[Surface, ...], bool]:
    """Return what was chosen side by side, and whether there was more than is kept."""
    walk = _Walk(place)
    surfaces = walk.tree(_tree(body))
    if not any(surface.choices for surface in surfaces):
        flat = walk.flat(_flat_surfaces(body))
        surfaces = flat or surfaces
    return tuple(surfaces), walk.is_cut


class _Walk:
    """One pass over a document, counting what it takes."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._nodes = self._choices = 0
        self.is_cut = False

    def tree(self, root: Node) -> list[Surface]:
        """Each preview container is a side; what stands in none is one without a name."""
        sides: list[tuple[str, list[int], list[Choice]]] = [("", [], [])]
        stack: list[tuple[Node, int, str, int]] = [(root, 0, "", 0)] if root else []
        while stack:
            node, depth, label, side = stack.pop()
            if not self._may_go_on(depth):
                break
            kind = _kind(node)
            own = _label(node) or label
            if kind == "previewcontainer":
                sides.append((_label(node), self._preview(node), []))
                side, own = len(sides) - 1, ""
            choice = self._leaf(kind, node, own)
            if choice:
                sides[side][2].append(choice)
                self._choices += 1
            children = [child for child in _list(node.get("children")) if isinstance(child, dict)]
            stack += [(child, depth + 1, own, side) for child in reversed(children)]
        return [
            Surface(name=name, choices=tuple(choices), previews=tuple(previews))
            for name, previews, choices in sides
            if choices or previews
        ]

    def flat(self, surfaces: list[Any]) -> list[Surface]:
        found = []
        for surface in surfaces:
            if not isinstance(surface, dict) or not self._may_go_on(0):
                continue
            choices = []
            for area in _list(surface.get("areas")):
                if not isinstance(area, dict) or not self._may_go_on(0):
                    continue
                choice = self._area(area)
                if choice:
                    choices.append(choice)
                    self._choices += 1
            if choices:
                found.append(Surface(name=_label(surface), choices=tuple(choices)))
        return found

    def _may_go_on(self, depth: int) -> bool:
        self._nodes += 1
        is_within = (
            self._nodes <= MOST_NODES and depth <= MOST_DEPTH and self._choices < MOST_CHOICES
        )
        self.is_cut |= not is_within
        return is_within

    def _preview(self, node: Node) -> list[int]:
        for name in ("snapshot", "baseImage"):
            place = self._picture(_dict(node.get(name)).get("imageName"), is_preview=True)
            if place is not None:
                return [place]
        return []

    def _picture(self, name: Any, *, is_preview: bool = False) -> int | None:
        return self._place(name, is_preview=is_preview) if isinstance(name, str) else None

    def _leaf(self, kind: str, node: Node, label: str) -> Choice | None:
        """What the node says itself; nothing for containers and fields left empty."""
        made = _LEAVES.get(kind)
        if made:
            return made(self, node, label)
        if "container" in kind or node.get("children"):
            return None
        text = _first_text(node, NAMED_ONLY)
        return Choice(kind=Kind.OTHER, label=label, text=text) if text else None

    def _text(self, node: Node, label: str) -> Choice | None:
        text = _text(node.get("inputValue"))
        return Choice(kind=Kind.TEXT, label=label, text=text) if text.strip() else None

    def _font(self, node: Node, label: str) -> Choice | None:
        family = _text(_dict(node.get("fontSelection")).get("family"), LONGEST_LABEL)
        return Choice(kind=Kind.FONT, label=label, font=family) if family else None

    def _color(self, node: Node, label: str) -> Choice | None:
        chosen = _dict(node.get("colorSelection"))
        name, color = _text(chosen.get("name"), LONGEST_LABEL), _color(chosen.get("value"))
        if not name and not color:
            return None
        return Choice(kind=Kind.COLOR, label=label, color_name=name, color=color)

    def _option(self, node: Node, label: str) -> Choice | None:
        chosen = _dict(node.get("optionSelection") or node.get("optionChoice"))
        text = (
            _text(node.get("displayValue"))
            or _first_text(chosen, ("label", "name", "value"))
            or _first_text(node, ("optionValue", "value"))
        )
        price = _price(chosen.get("priceDelta", node.get("priceDelta")))
        return Choice(kind=Kind.OPTION, label=label, text=text, price=price) if text else None

    def _image(self, node: Node, label: str) -> Choice | None:
        image = _dict(node.get("image"))
        name = image.get("imageName") or node.get("imageName")
        place = self._picture(name)
        text = _text(image.get("buyerFilename") or name, LONGEST_LABEL)
        if not text and place is None:
            return None
        return Choice(kind=Kind.IMAGE, label=label, text=text, picture=place)

    def _area(self, area: Node) -> Choice | None:
        kind, label = str(area.get("customizationType", "")), _label(area)
        price = _price(area.get("priceDelta"))
        if kind == "TextPrinting":
            text = _text(area.get("text"))
            if not text.strip():
                return None
            return Choice(
                kind=Kind.TEXT,
                label=label,
                text=text,
                font=_text(area.get("fontFamily"), LONGEST_LABEL),
                color=_color(area.get("fill")),
                color_name=_text(area.get("colorName"), LONGEST_LABEL),
                price=price,
            )
        if kind == "Options":
            text = _text(area.get("optionValue"))
            return Choice(kind=Kind.OPTION, label=label, text=text, price=price) if text else None
        if kind == "ImagePrinting":
            return self._printed(area, label, price)
        text = _first_text(area, NAMED_ONLY)
        return Choice(kind=Kind.OTHER, label=label, text=text, price=price) if text else None

    def _printed(self, area: Node, label: str, price: str) -> Choice | None:
        """A picture of the buyer's; the drawing that Amazon made of it is SVG and left out."""
        named = [_dict(each).get("imageName", each) for each in _list(area.get("images"))] + [
            area.get("imageName"),
            area.get("svgImage"),
        ]
        names = [name for name in named if isinstance(name, str) and name]
        places = [place for name in names if (place := self._picture(name)) is not None]
        if not names:
            return None
        text = _text(area.get("buyerFilename") or names[0], LONGEST_LABEL)
        place = places[0] if places else None
        return Choice(kind=Kind.IMAGE, label=label, text=text, price=price, picture=place)


_LEAVES: dict[str, Callable[[_Walk, Node, str], Choice | None]] = {
    "text": _Walk._text,
    "font": _Walk._font,
    "color": _Walk._color,
    "option": _Walk._option,
    "optionchoice": _Walk._option,
    "image": _Walk._image,
}


def _decoded(text: bytes) -> Node | None:
    if len(text) > MOST_BYTES:
        return None
    try:
        body = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def _tree(body: Node) -> Node:
    data = body.get("customizationData")
    if isinstance(data, str):  # older files hold it as text
        data = _decoded(data.encode("utf-8", "replace"))
    return _dict(data)


def _flat_surfaces(body: Node) -> list[Any]:
    """Both layouts: customizationInfo.version3.0 and version3.0.customizationInfo."""
    for outer, inner in (("customizationInfo", VERSION), (VERSION, "customizationInfo")):
        surfaces = _list(_dict(_dict(body.get(outer)).get(inner)).get("surfaces"))
        if surfaces:
            return surfaces
    return []


def _kind(node: Node) -> str:
    kind = node.get("type")
    return kind.removesuffix("Customization").casefold() if isinstance(kind, str) else ""


def _label(node: Node) -> str:
    return _first_text(node, ("label", "name"), LONGEST_LABEL)


def _first_text(node: Node, names: tuple[str, ...], longest: int = LONGEST_TEXT) -> str:
    return next(_texts(node, names, longest), "")


def _texts(node: Node, names: tuple[str, ...], longest: int) -> Iterator[str]:
    for name in names:
        if (text := _text(node.get(name), longest)).strip():
            yield text


def _text(value: Any, longest: int = LONGEST_TEXT) -> str:
    """Numbers count as texts; what nobody can see is left out of them."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        text = value if isinstance(value, str) else str(value)
    except ValueError:  # a number of thousands of digits
        return ""
    return UNSEEN.sub("", text.replace("\r\n", "\n"))[:longest]


def _color(value: Any) -> str:
    """#rrggbb, or nothing where it is no such colour."""
    text = value.strip() if isinstance(value, str) else ""
    if found := HEX.fullmatch(text):
        return f"#{found[1].lower()}"
    if found := SHORT_HEX.fullmatch(text):
        return "#" + "".join(part * 2 for part in found.groups()).lower()
    return ""


def _price(value: Any) -> str:
    """What a choice adds, as Amazon writes it; nothing for none."""
    if isinstance(value, dict):
        amount = _text(value.get("amount", value.get("value")), 20)
        currency = _first_text(value, ("currencyCode", "currency"), 3)
        text = f"{amount} {currency}".strip() if amount else ""
    else:
        amount = text = _text(value, 20)
    return "" if amount.strip("0.-+ ") == "" else text


def _dict(value: Any) -> Node:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
