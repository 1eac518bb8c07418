"""Pictures from outside: decoded within bounds and written anew, never passed on as they came."""

import io
import struct
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageOps

# What Pillow raises for files that are damaged or made to harm.
MISREAD = (OSError, ValueError, SyntaxError, EOFError, struct.error, IndexError, KeyError,
           TypeError, OverflowError, ZeroDivisionError, AttributeError)  # fmt: skip


class TooManyPixels(Exception):
    """The picture would take more memory than it is worth."""


class Unreadable(Exception):
    """It is no picture of the formats, or a damaged one."""


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A picture as WebP, its sides in pixels."""

    content: bytes
    width: int
    height: int


@contextmanager
def opened(content: bytes, *, formats: Collection[str]) -> Iterator[Image.Image]:
    """Give the picture with its size known and nothing decoded yet.

    Raises TooManyPixels or Unreadable, also for what goes wrong while it is worked on.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(formats)) as picture:
                yield picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise TooManyPixels from error
    except MISREAD as error:
        raise Unreadable from error


def check_size(picture: Image.Image, most_pixels: int) -> None:
    """The size is what the header says; what follows is decoded into no more than that."""
    if picture.width * picture.height > most_pixels:
        raise TooManyPixels


def redrawn(
    content: bytes,
    *,
    formats: Collection[str],
    side_px: int,
    most_pixels: int,
    most_jpeg_pixels: int = 0,
    has_alpha: bool = False,
    quality: int,
) -> Redrawn:
    """Return the picture upright, at most `side_px` a side, with nothing written beside it.

    JPEGs may have `most_jpeg_pixels`: they are decoded to a half, a quarter or an eighth. Raises
    TooManyPixels, Unreadable.
    """
    with opened(content, formats=formats) as picture:
        is_jpeg = picture.format == "JPEG"
        check_size(picture, max(most_pixels, most_jpeg_pixels) if is_jpeg else most_pixels)
        picture.draft("RGB", (side_px, side_px))
        check_size(picture, most_pixels)
        picture.load()
        mode = "RGBA" if has_alpha and picture.has_transparency_data else "RGB"
        small = picture if picture.mode == mode else picture.convert(mode)
        small.thumbnail((side_px, side_px), Image.Resampling.BICUBIC, reducing_gap=2.0)
        if small is not picture:  # which way up: `convert` leaves it behind
            small.getexif().update(picture.getexif())
        upright = ImageOps.exif_transpose(small)
        written = io.BytesIO()
        upright.save(written, "WEBP", quality=quality, method=2, exif=b"", icc_profile=b"", xmp=b"")
        return Redrawn(written.getvalue(), upright.width, upright.height)
