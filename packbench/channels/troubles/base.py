"""What a trouble is: why something failed, and what to do about it, step by step (SEED-93)."""

from dataclasses import dataclass
from enum import StrEnum

from packbench.lib.sentences import marked as _


class Action(StrEnum):
    """What a step's button does; the desk knows where each leads."""

    CONNECT = "connect"
    RENEW = "renew"
    TEST = "test"
    ADD_STORES = "add_stores"
    ADD_MISSING = "add_missing"
    IMPORT = "import"
    STORE = "store"
    NOTIFY_AGAIN = "notify_again"
    SEND_UNCHECKED = "send_unchecked"
    CODES = "codes"
    FETCH_AGAIN = "fetch_again"
    ORDER = "order"
    SHIP_ANYWAY = "ship_anyway"
    WEIGHTS = "weights"
    CUSTOMS = "customs"
    CARRIERS = "carriers"
    SELLER_CENTRAL = "seller_central"


class Level(StrEnum):
    """Whether a person must act, or Packbench goes on by itself."""

    BAD = "bad"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, in order, with the button that does it where there is one."""

    text: str
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One row of the catalog. `code` is ours; `amazon` are Amazon's own codes and words for it.

    `words` are further names that people look for. `is_unknown` marks the row for what Amazon
    refuses and nobody has explained yet: such refusals are counted.
    """

    code: str
    title: str
    cause: str
    steps: tuple[Step, ...]
    amazon: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    seed: str = ""
    level: Level = Level.BAD
    is_unknown: bool = False


WAIT = Step(_("Nothing to do: Packbench tries again by itself."))
BEGIN = Step(_("Begin again from Connect."), Action.CONNECT)
RENEW = Step(
    _("Renew the account. Its stores and all that waits go on where they stood."),
    Action.RENEW,
)
TEST = Step(_("Test the connection: it says what Amazon accepts and what not."), Action.TEST)
IMPORT = Step(_("Import now."), Action.IMPORT)
NOTIFY = Step(_("Notify Amazon again."), Action.NOTIFY_AGAIN)
LOOK = Step(_("Look at the order in Seller Central."), Action.SELLER_CENTRAL)
BY_HAND = Step(_("If it stays so, confirm the parcel in Seller Central."), Action.SELLER_CENTRAL)
SUPPORT = Step(
    _("Ask Amazon's seller support or your account manager, with the request id."),
    Action.SELLER_CENTRAL,
)
ADD_ROLE = Step(
    _("Add the role to your developer profile and to the application in the Solution Provider "
      "Portal, and wait until Amazon has granted it.")
)  # fmt: skip
