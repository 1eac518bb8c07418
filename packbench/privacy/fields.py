"""The field types of personal data and of secrets: what they hold is `Sealed`, never plain."""

from collections.abc import Callable
from typing import Any

import msgspec
from django.db import models

from packbench.privacy.sealing import OpenKey, Sealed


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """A column of ciphertext of one kind of value (a Struct, str or bytes).

    `is_workspaces`: sealed by the workspace's own key, as its secrets are, not by an order's.
    """

    def __init__(self, kind: Any = str, *, is_workspaces: bool = False, **options: Any) -> None:
        self.kind = kind
        self.is_workspaces = is_workspaces
        options.setdefault("null", True)
        options.setdefault("editable", False)
        super().__init__(**options)

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def seal(self, value: Any, key: OpenKey) -> Sealed:
        """Encrypt the value for this column."""
        plain = value if self.kind is bytes else msgspec.json.encode(value)
        return Sealed(key.seal(plain, place=self.place), self.place, self.kind)

    def from_db_value(self, value: Any, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value), self.place, self.kind)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.place} takes sealed values only.")
        plain = None if value is None else value.ciphertext
        return super().get_db_prep_value(plain, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        return ""

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, options  # the kind is not the database's business


def sealer(model: type[models.Model], field: str) -> Callable[[Any, OpenKey], Sealed]:
    """Return what seals values for that field of the model."""
    column: Any = model._meta.get_field(field)
    seal: Callable[[Any, OpenKey], Sealed] = column.seal
    return seal


def unseal(sealed: Sealed, key: OpenKey) -> Any:
    """Decrypt a sealed value. Raises sealing.Unreadable."""
    plain = key.open(sealed.ciphertext, place=sealed.place)
    return plain if sealed.kind is bytes else msgspec.json.decode(plain, type=sealed.kind)
