"""Branding: a store's colors to choose from, and its logo made safe."""

import io

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from packbench.lib.errors import Rejected
from packbench.lib.pictures import MISREAD
from packbench.lib.sentences import marked

# By value: the name of the class in tokens.css, and the word. Each stands out 3:1 from every
# surface it is shown on, in light and in dark.
COLORS = {
    "#dc3f3f": ("red", _("Red")),
    "#c9600a": ("orange", _("Orange")),
    "#9c7c0c": ("gold", _("Gold")),
    "#2e8f4e": ("green", _("Green")),
    "#0f8a8a": ("teal", _("Teal")),
    "#3b7ddd": ("blue", _("Blue")),
    "#8b63e0": ("violet", _("Violet")),
    "#cf4a96": ("pink", _("Pink")),
}

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000  # 64 MB once it is opened
LOGO_SIZE = (600, 200)
LIGHT_BYTES = 100_000  # a heavier one gets by with 256 colors
FORMATS = ("PNG", "JPEG", "WEBP")
WITH_ALPHA = "RGBA"

TOO_LARGE = marked("The logo is larger than 2 MB. Save it smaller and upload it again.")
NOT_AN_IMAGE = marked("This is no PNG, JPEG or WebP picture. Save the logo as PNG and try again.")
BROKEN = marked("The picture is damaged or incomplete. Save it again as PNG and upload that.")
TOO_MANY_PIXELS = marked(
    "The picture has more than 16 million pixels. A logo of 600 × 200 is enough: save it smaller."
)


def logo_of(content: bytes) -> bytes:
    """Return the picture as a PNG of our own making, at most 600 × 200, with nothing else in it.

    Raises Rejected for what is no PNG, JPEG or WebP, is damaged, or too large to be opened.
    """
    if len(content) > MOST_BYTES:
        raise Rejected(TOO_LARGE, code="logo_too_large")
    picture = _opened(content)
    if picture.width * picture.height > MOST_PIXELS:
        raise Rejected(TOO_MANY_PIXELS, code="logo_too_many_pixels")
    try:
        small = _small(picture)
    except MISREAD:
        raise Rejected(BROKEN, code="logo_broken") from None
    png = _png(small)
    return png if len(png) <= LIGHT_BYTES else _png(small.quantize(256))


def _opened(content: bytes) -> Image.Image:
    """The picture with its size known and nothing decoded yet."""
    try:
        return Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:
        raise Rejected(TOO_MANY_PIXELS, code="logo_too_many_pixels") from None
    except MISREAD:
        raise Rejected(NOT_AN_IMAGE, code="logo_not_an_image") from None


def _small(picture: Image.Image) -> Image.Image:
    """The pixels alone, upright and within bounds: no metadata, no color profile."""
    upright = ImageOps.exif_transpose(picture).convert(WITH_ALPHA)
    upright.thumbnail(LOGO_SIZE, Image.Resampling.LANCZOS)
    return Image.frombytes(WITH_ALPHA, upright.size, upright.tobytes())


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return file.getvalue()
