"""Varying: kinds of carriers that are a family, whose questions depend on the one chosen."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string
from msgspec.structs import replace

from packbench.carriers.kinds import Ask, AskKind, CarrierKind, Variant
from packbench.lib.errors import Unsupported
from packbench.lib.sentences import marked

VARIANT = "carrier"  # the setting that names the one of a family
NO_VARIANT = marked("This carrier is no longer installed. Install it again, or close the account.")


def missing_for(kind: CarrierKind) -> str:
    """Return what must be installed before the kind can be used; empty where nothing must."""
    if kind.family is None:
        return ""
    told = cast(Callable[[str], str], import_string(kind.family.missing))
    return told(settings.KARRIO_PYTHON)


def variants_of(kind: CarrierKind) -> tuple[Variant, ...]:
    """Return the carriers of a family; none of a kind that is no family. Raises RemoteError."""
    if kind.family is None:
        return ()
    known = cast(Callable[[str], tuple[Variant, ...]], import_string(kind.family.variants))
    return known(settings.KARRIO_PYTHON)


def as_variant(kind: CarrierKind, code: str) -> CarrierKind:
    """Return the kind with the questions of one of its carriers; another kind as it is.

    Raises Unsupported where there is no such carrier, and as `variants_of`.
    """
    if kind.family is None:
        return kind
    chosen = next((each for each in variants_of(kind) if each.code == code), None)
    if chosen is None:
        raise Unsupported(NO_VARIANT, code="no_such_carrier")
    which = Ask(
        name=VARIANT,
        word=marked("Carrier"),
        kind=AskKind.CHOICE,
        choices=((chosen.code, chosen.name),),
        is_required=True,
    )
    return replace(kind, asks=(which, *chosen.asks), secrets=chosen.secrets)
