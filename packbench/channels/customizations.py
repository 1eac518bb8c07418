"""What a buyer chose and wrote for an item that is made for them (Amazon Custom, SEED-50)."""

from enum import StrEnum
from typing import Protocol

from packbench.lib.personal import Personal
from packbench.lib.sentences import marked

# Why a picture is not kept.
LEFT_OUT: dict[str, str] = {
    "svg": marked("A drawing (SVG) is left out, since it can hold programs. Amazon's file has it."),
    "too_large": marked("A picture is left out: it is too large to be opened here."),
    "unreadable": marked("A picture is left out: it is damaged or no picture."),
    "too_many": marked("A picture is left out: at most twelve are kept for an item."),
    "no_time": marked("A picture is left out: reading it would have taken too long."),
}


class Kind(StrEnum):
    """What a choice is. OTHER is what the channel calls by a name that we do not know."""

    TEXT = "text"
    OPTION = "option"
    COLOR = "color"
    FONT = "font"
    IMAGE = "image"
    OTHER = "other"


class Choice(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that the buyer wrote or chose. `color` is #rrggbb; `price` is what it adds.

    `picture` counts into the pictures that came with it.
    """

    kind: Kind
    label: str = ""
    text: str = ""
    font: str = ""
    color: str = ""
    color_name: str = ""
    price: str = ""
    picture: int | None = None


class Surface(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """A side of the product; `previews` count into the pictures."""

    name: str = ""
    choices: tuple[Choice, ...] = ()
    previews: tuple[int, ...] = ()


class Details(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """What was chosen for one item: each of its pieces is made so.

    `is_cut` says that there was more than is kept; `left_out` are the codes of LEFT_OUT, one for
    each picture that is not kept.
    """

    surfaces: tuple[Surface, ...] = ()
    is_cut: bool = False
    left_out: tuple[str, ...] = ()


class Picture(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """A picture as WebP, made anew from what came. Sizes are pixels."""

    content: bytes
    width: int
    height: int
    is_preview: bool = False


class Reading(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """What a file of a customization holds."""

    details: Details
    pictures: tuple[Picture, ...] = ()


class Customizations(Protocol):
    """Where a channel keeps what its buyers chose. Needs no account: the link is the key."""

    def fetch(self, url: str) -> bytes:
        """Return the file as it came, trusted in nothing.

        Raises NotFound where the link is no longer alive, Rejected, TemporaryError.
        """

    def read(self, content: bytes) -> Reading:
        """Read the file within bounds of memory and time. Raises Rejected saying what it is."""
