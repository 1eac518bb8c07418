"""Salvaging: an order of which one part is odd is read without that part, not lost for it."""

from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

Shape = dict[str, Any]

# Without these nobody knows what to send or where: an order in which one is odd is unreadable.
VITAL = frozenset(
    {
        "orderItems",
        "quantityOrdered",
        "quantityFulfilled",
        "fulfillment",
        "fulfillmentStatus",
        "fulfilledBy",
        "salesChannel",
        "recipient",
        "deliveryAddress",
    }
)


def salvaged(content: msgspec.Raw, kind: type[msgspec.Struct]) -> Any:
    """Return the content as a `kind`, without the optional parts that cannot be read.

    None where what is required is missing or odd.
    """
    try:
        found = msgspec.json.decode(content)
        return _convert(_fitting(found, kind), kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _fitting(found: Any, kind: type[msgspec.Struct]) -> Any:
    """The found object with its odd parts mended or taken out."""
    if not isinstance(found, dict):
        return found
    hints = get_type_hints(kind)
    kept: Shape = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name not in found:
            continue
        value, wanted = found[field.encode_name], hints[field.name]
        if _fits(value, wanted):
            kept[field.encode_name] = value
            continue
        mended = _mended(value, wanted)
        is_vital = field.encode_name in VITAL
        if is_vital and isinstance(value, list) and len(mended or ()) != len(value):
            mended = value
        if is_vital or field.required or _fits(mended, wanted):
            kept[field.encode_name] = value if is_vital and mended is None else mended
    return kept


def _mended(value: Any, wanted: Any) -> Any:
    for each in get_args(wanted) if _is_union(wanted) else (wanted,):
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            return _fitting(value, each)
        if get_origin(each) is list and isinstance(value, list):
            (inner,) = get_args(each)
            mended = (item if _fits(item, inner) else _mended(item, inner) for item in value)
            return [item for item in mended if _fits(item, inner)]
    return None


def _is_union(wanted: Any) -> bool:
    return get_origin(wanted) in (Union, UnionType)


def _fits(value: Any, wanted: Any) -> bool:
    if value is None:
        return wanted is Any or NoneType in get_args(wanted)
    try:
        _convert(value, wanted)
    except (msgspec.ValidationError, RecursionError):
        return False
    return True


def _convert(value: Any, wanted: Any) -> Any:
    return msgspec.convert(value, wanted, strict=False)
