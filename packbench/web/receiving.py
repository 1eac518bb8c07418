"""Receiving: files that people send are held in memory, never in a temporary file in clear."""

from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler

from packbench.web.forms.fields import MOST_BYTES


class InMemory(MemoryFileUploadHandler):
    """Holds what any page takes and a little more; the rest is counted and thrown away.

    A file that is too large is refused for its size by the page that it was sent to.
    """

    def handle_raw_input(self, *args: Any, **options: Any) -> None:
        self.activated = True  # whatever Django's own limit

    def new_file(self, *args: Any, **options: Any) -> None:
        self._held = 0
        super().new_file(*args, **options)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self._held > MOST_BYTES:
            return None
        self._held += len(raw_data)
        return super().receive_data_chunk(raw_data, start)
