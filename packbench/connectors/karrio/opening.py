"""How the registry opens Karrio, at the carriers or at the sandbox."""

import os

from packbench.carriers.base import Opening
from packbench.connectors.karrio.asking import LABEL_TYPES
from packbench.connectors.karrio.carrier import Karrio
from packbench.connectors.karrio.describing import NOT_INSTALLED, described, settings_of
from packbench.lib.errors import BadCredentials, Rejected, Unsupported
from packbench.lib.sentences import marked

NO_SUCH = marked(
    "The installed Karrio has no carrier “%(carrier)s”. Choose another one, or install its "
    "extension beside Karrio."
)
INCOMPLETE = marked("%(carrier)s needs %(field)s. Enter it on the page of the account.")
BAD_FORMAT = marked("Labels come as PDF or ZPL.")


def open_carrier(opening: Opening) -> Karrio:
    """Return the carrier that the settings name.

    Raises Unsupported where Karrio or the carrier is not installed, BadCredentials where something
    is missing, Rejected for another format.
    """
    code = str(opening.settings.get("carrier", ""))
    format = str(opening.settings.get("format") or "pdf")
    if format not in LABEL_TYPES:
        raise Rejected(BAD_FORMAT, code="bad_format")
    if missing(opening.interpreter):
        raise Unsupported(NOT_INSTALLED, code="karrio_missing")
    known = described(opening.interpreter).get(code)
    if known is None:
        raise Unsupported(NO_SUCH, code="no_such_carrier", carrier=code[:40])
    settings = settings_of(known, opening.settings, opening.secrets.values)
    for field in known.asked:
        if field.required and not settings.get(field.name):
            raise BadCredentials(INCOMPLETE, code="no_key", carrier=known.name, field=field.name)
    base = f"{opening.sandbox_url}/karrio" if opening.sandbox_url else ""
    return Karrio(opening.interpreter, code, known, settings, format=format, base=base)


def missing(interpreter: str) -> str:
    """Return what must be installed first, as a sentence; empty where nothing must."""
    return "" if os.access(interpreter, os.X_OK) else NOT_INSTALLED
