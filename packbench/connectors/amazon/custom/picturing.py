"""Picturing: the pictures of a customization, decoded within bounds and written anew.

SVG is left out: it is a program as much as a picture. What Amazon draws as SVG comes as a preview
picture too.
"""

import time

from packbench.channels.customizations import Picture
from packbench.connectors.amazon.custom.unpacking import Files
from packbench.lib.pictures import TooManyPixels, Unreadable, redrawn

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PICTURES = 12
SIDE_PX = 2000
PREVIEW_PX = 1200
MOST_PIXELS = 20_000_000  # 80 MB when decoded
MOST_JPEG_PIXELS = 60_000_000  # those are decoded to a half, a quarter or an eighth
MOST_CPU_S = 2.5  # the rest of a reader's time is for what the buyer wrote
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".svg", ".svgz", ".bmp", ".tif", ".tiff")


class LeftOut(Exception):
    """The picture is not kept, for the reason of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Album:
    """The pictures of one archive, each made once and counted by its place."""

    def __init__(self, files: Files) -> None:
        self._files = {name: content for name, content in files.items() if _is_picture(name)}
        self._places: dict[str, int] = {}
        self.pictures: list[Picture] = []
        self.left_out: list[str] = []

    def place(self, named: str, *, is_preview: bool) -> int | None:
        """Return which picture this name means; None where there is none, or it is left out."""
        name = self._find(named)
        return self._take(name, is_preview=is_preview) if name else None

    def take_rest(self) -> None:
        """Take what nothing in the document spoke of."""
        for name in list(self._files):
            self._take(name, is_preview=False)

    def _find(self, named: str) -> str | None:
        """By the last part of the name, with or without its ending."""
        wanted = _last_part(named)
        whole = (name for name in self._files if _last_part(name) == wanted)
        stem = (name for name in self._files if _last_part(name).rpartition(".")[0] == wanted)
        return next(whole, None) or next(stem, None) if wanted else None

    def _take(self, name: str, *, is_preview: bool) -> int | None:
        if name in self._places:
            place = self._places[name]
            return place if place >= 0 else None
        self._places[name] = -1
        try:
            picture = self._made(name, is_preview=is_preview)
        except LeftOut as reason:
            self.left_out.append(reason.code)
            return None
        self._places[name] = len(self.pictures)
        self.pictures.append(picture)
        return self._places[name]

    def _made(self, name: str, *, is_preview: bool) -> Picture:
        if len(self.pictures) >= MOST_PICTURES:
            raise LeftOut("too_many")
        if time.process_time() > MOST_CPU_S:
            raise LeftOut("no_time")
        return picture_of(self._files[name], is_preview=is_preview)


def picture_of(content: bytes, *, is_preview: bool) -> Picture:
    """Return the picture as WebP without anything that was written beside it. Raises LeftOut."""
    try:
        made = redrawn(
            content,
            formats=FORMATS,
            side_px=PREVIEW_PX if is_preview else SIDE_PX,
            most_pixels=MOST_PIXELS,
            most_jpeg_pixels=MOST_JPEG_PIXELS,
            has_alpha=True,
            quality=85,
        )
    except TooManyPixels as error:
        raise LeftOut("too_large") from error
    except Unreadable as error:
        raise LeftOut("svg" if _is_svg(content) else "unreadable") from error
    return Picture(
        content=made.content, width=made.width, height=made.height, is_preview=is_preview
    )


def _is_picture(name: str) -> bool:
    return name.casefold().endswith(SUFFIXES)


def _is_svg(content: bytes) -> bool:
    return b"<svg" in content[:4096].lower()


def _last_part(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].casefold()
