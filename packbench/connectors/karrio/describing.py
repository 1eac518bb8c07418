"""Which carriers the installed Karrio has, and what their accounts are made of."""

from functools import cache
from typing import Any

from msgspec import Struct

from packbench.carriers.base import Feature
from packbench.carriers.kinds import Ask, AskKind, Variant
from packbench.connectors.karrio.answers import read
from packbench.connectors.karrio.children import Busy, Lost, NotInstalled, ask
from packbench.lib.errors import TemporaryError, Unsupported
from packbench.lib.sentences import marked

MOST_S = 20.0
LONGEST = 2000
COMMON = ("metadata", "config", "services", "id", "carrier_id", "test_mode")
CONFIG = "config_"
COUNTRY = "account_country_code"
NOT_INSTALLED = marked(
    "Direct contracts need Karrio (LGPL-3.0, some 210 MB), which is not installed. Run “packbench "
    "install-karrio” where Packbench runs, then start Packbench again."
)
NOT_ANSWERING = marked("Karrio does not answer on this machine. Try again in a moment.")
COUNTRY_HINT = marked("Two letters, such as US. Parcels from elsewhere are then refused.")
ABBREVIATIONS = frozenset({"api", "id", "pin"})
FORMATS = (("pdf", "PDF"), ("zpl", "ZPL"))


class Field(Struct, frozen=True):
    name: str
    type: str = ""
    required: bool = False
    enum: list[str] | None = None


class Described(Struct, frozen=True):
    """One carrier as its extension declares it. `options` are what a parcel may ask it for."""

    name: str
    status: str = ""
    fields: list[Field] = []
    configs: list[Field] = []
    services: dict[str, str] = {}  # names, or codes of the carrier's
    options: list[str] = []
    can_void: bool = False
    can_track: bool = False
    has_live_rates: bool = False

    @property
    def features(self) -> frozenset[Feature]:
        found = {Feature.CUSTOMS, Feature.RATES}
        found |= {Feature.VOID} if self.can_void else set()
        return frozenset(found | ({Feature.TRACKING} if self.can_track else set()))

    @property
    def asked(self) -> list[Field]:
        return [field for field in self.fields if field.name not in COMMON]


@cache
def described(python: str) -> dict[str, Described]:
    """Return the carriers by Karrio's codes; asked once. Raises Unsupported, TemporaryError."""
    try:
        said = read(ask(python, {"op": "describe"}, seconds=MOST_S), dict[str, Described])
    except NotInstalled:
        raise Unsupported(NOT_INSTALLED, code="karrio_missing") from None
    except (Lost, Busy):
        raise TemporaryError(NOT_ANSWERING, code="karrio_silent") from None
    if said is None:
        raise TemporaryError(NOT_ANSWERING, code="karrio_silent")
    return said


def variants(python: str) -> tuple[Variant, ...]:
    """Return what each carrier's accounts are asked for. Raises as `described`.

    Whatever is a text of the account's own is sealed: extensions rarely say what is secret.
    """
    found = described(python)
    return tuple(
        Variant(
            code=code,
            name=found[code].name,
            status=found[code].status,
            asks=tuple(_asks(found[code])),
            secrets=tuple(map(_ask, filter(_is_sealed, found[code].asked))),
        )
        for code in sorted(found, key=lambda code: found[code].name.casefold())
    )


def settings_of(known: Described, settings: dict[str, Any], secrets: dict[str, str]) -> Any:
    """Return Karrio's own settings of an account; what is left empty is Karrio's default."""
    given: dict[str, Any] = {
        field.name: value
        for field in known.asked
        if (value := (secrets if _is_sealed(field) else settings).get(field.name)) not in ("", None)
    }
    config = {
        field.name: settings[CONFIG + field.name]
        for field in known.configs
        if settings.get(CONFIG + field.name)
    }
    return {**given, "test_mode": bool(settings.get("test_mode")), "config": config}


def _asks(known: Described) -> list[Ask]:
    open_fields = [_ask(field) for field in known.asked if not _is_sealed(field)]
    configs = [
        _ask(field, prefix=CONFIG)
        for field in known.configs
        if field.type == "string" and not field.enum and field.name != "label_type"
    ]
    return [
        Ask(
            name="format",
            word=marked("Labels come as"),
            kind=AskKind.CHOICE,
            choices=FORMATS,
            hint=marked("For label printers take ZPL: a PDF may be no more than a picture."),
        ),
        *open_fields,
        *configs,
        Ask(name="test_mode", word=marked("Use the carrier's test system"), kind=AskKind.TICK),
    ]


def _is_sealed(field: Field) -> bool:
    return field.type == "string" and not field.enum and field.name != COUNTRY


def _ask(field: Field, *, prefix: str = "") -> Ask:
    """One question. Its word is the carrier's own name for it, which nobody translates."""
    words = field.name.split("_")
    word = " ".join(each.upper() if each in ABBREVIATIONS else each for each in words if each)
    choices = tuple((value, value) for value in field.enum or ())
    if choices and not field.required:
        choices = (("", "–"), *choices)
    kinds = {"boolean": AskKind.TICK, "integer": AskKind.NUMBER}
    return Ask(
        name=prefix + field.name,
        word=word[:1].upper() + word[1:],
        kind=AskKind.CHOICE if choices else kinds.get(field.type, AskKind.TEXT),
        choices=choices,
        is_required=field.required and field.type != "boolean",
        hint=COUNTRY_HINT if field.name == COUNTRY else "",
        longest=2 if field.name == COUNTRY else LONGEST,
    )
