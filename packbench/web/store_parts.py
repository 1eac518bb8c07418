"""The parts of a store's settings: each is a form that is saved by itself (SEED-22)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.channels.models import Store
from packbench.web.forms.stores import FORMS, StoreSettingsForm

TITLES = {
    "brand": _("Brand"),
    "notifications": _("Notifications"),
    "products": _("Products"),
    "orders": _("Orders"),
    "addresses": _("Addresses"),
    "telling": _("Telling Amazon"),
}
NOT_FOR_FILES = frozenset({"notifications"})  # all of them are about the API
NOT_FOR_OWN = frozenset({"telling"})  # a shop outside Amazon is told nothing
WORDS = {
    "name": _("Store name"),
    "address_checks": _("Checks of addresses"),
    "brand_logo": _("Logo"),
    "custom_fields": _("Custom fields"),
    "notifications": _("Notifications"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part; `said` is what a save of it says."""

    key: str
    form: StoreSettingsForm
    said: str = ""

    @property
    def title(self) -> Any:
        return TITLES[self.key]

    @property
    def template(self) -> str:
        return f"web/stores/settings/{self.key}.html"


def keys_of(store: Store) -> list[str]:
    """The parts that this kind of store has."""
    gone = (NOT_FOR_FILES if store.is_file_store else frozenset()) | (
        NOT_FOR_OWN if store.is_own_shop else frozenset()
    )
    return [key for key in TITLES if key not in gone]


def part_of(store: Store, key: str, *sent: Any, said: str = "") -> Part:
    return Part(key, FORMS[key](store, *sent, auto_id=f"{key}-%s"), said)


def parts_of(store: Store, shown: Part | None) -> list[Part]:
    """All parts; `shown` takes the place of its kind."""
    parts = {key: part_of(store, key) for key in keys_of(store)}
    return list((parts | ({shown.key: shown} if shown else {})).values())


def saved_words(changed: list[str]) -> str:
    """Say which settings were saved."""
    if not changed:
        return gettext("Nothing was changed.")
    fields: Any = {field.name: field for field in Store._meta.concrete_fields}
    words = [WORDS.get(name) or fields[name].verbose_name for name in changed]
    return gettext("Saved: %(settings)s.") % {"settings": ", ".join(str(word) for word in words)}
