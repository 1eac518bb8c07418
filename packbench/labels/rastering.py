"""Rastering: papers as bitmaps, for label printers that take ZPL only, and pictures as papers."""

from io import BytesIO

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from packbench.labels.sheets import POINTS_PER_MM, SHEETS
from packbench.lib.pdfium import gray_pages
from packbench.lib.zpl import dots_of, graphic

MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "GIF", "JPEG")


def zpl_of_pdf(pdf: bytes, *, dpi: int) -> bytes:
    """Return every page as one ZPL label of its own size, drawn as a bitmap."""
    return b"".join(
        _bitmap_label(page.rows(0, page.width, 0, page.height)) for page in gray_pages(pdf, dpi=dpi)
    )


def pdf_of_picture(content: bytes, size: str) -> bytes:
    """Return a label that came as a picture as one page, as large as its paper.

    Raises ValueError where it cannot be read.
    """
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            gray = picture.convert("L")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("no picture") from error
    sheet = SHEETS.get(size, SHEETS["4x6in"])
    width, height = sheet.width_mm * POINTS_PER_MM, sheet.height_mm * POINTS_PER_MM
    if gray.width > gray.height:
        width, height = height, width
    scale = min(width / gray.width, height / gray.height)
    shown = gray.width * scale, gray.height * scale
    file = BytesIO()
    canvas = Canvas(file, (width, height), pageCompression=1, invariant=1)
    left, bottom = (width - shown[0]) / 2, (height - shown[1]) / 2
    canvas.drawImage(ImageReader(gray), left, bottom, *shown)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _bitmap_label(rows: list[bytes]) -> bytes:
    drawn = graphic(0, 0, [dots_of(row) for row in rows])
    head = f"^XA\n^PW{len(rows[0])}\n^LL{len(rows)}\n^LH0,0\n"
    return f"{head}{drawn}\n^PQ1\n^XZ\n".encode("ascii")
