"""What we are about to ask of Amazon, and how that is written into a URL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from packbench.connectors.amazon.operations import Operation

QueryValue = str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the operation and its parameters, by the names of Amazon's model.

    `private` is what of a person Amazon knows with it: its refusals do not repeat that here.
    """

    operation: Operation
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, QueryValue] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    private: tuple[str, ...] = field(default=(), repr=False)

    @property
    def order_id(self) -> str:
        return self.path.get("orderId", "")

    def url(self, base: str) -> str:
        """Return the whole address; every value is percent-encoded, `/` and `+` included."""
        names = {name: quote(self.path[name], safe="") for name in self.operation.path_names}
        address = base.rstrip("/") + self.operation.path.format(**names)
        return f"{address}?{_written(self.query)}" if self.query else address


def _written(query: Mapping[str, QueryValue]) -> str:
    return urlencode(
        {name: _text(value) for name, value in query.items()}, quote_via=quote, safe=","
    )


def _text(value: QueryValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # Amazon's models leave collectionFormat at its default: lists are comma-separated.
    return ",".join(value) if isinstance(value, tuple) else str(value)
