"""The label of the pretend carrier: one page, four by six inches, valid PDF."""

from __future__ import annotations


def label_pdf(lines: list[str]) -> bytes:
    """A page with these lines of text. Characters outside Latin-1 become question marks."""
    text = "".join(f"({_escape(line)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 14 Tf 20 400 Td 22 TL\n{text}ET\n1 w 10 10 268 412 re S".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 288 432]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    return _assemble(objects)


def _assemble(objects: list[bytes]) -> bytes:
    """Number the objects and write the table that says where each begins."""
    content, offsets = b"%PDF-1.4\n", []
    for number, thing in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, thing)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    tail = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(content))
    return content + head + table + tail


def _escape(line: str) -> str:
    plain = line.encode("latin-1", "replace").decode("latin-1")
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
