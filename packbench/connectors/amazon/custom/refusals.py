"""Why an archive is not read. The child names the code, the desk says the sentence."""

from packbench.lib.sentences import marked

REFUSALS: dict[str, str] = {
    "archive_damaged": marked(
        "Amazon's file of the customization is damaged. Fetch it again, or open it in Seller "
        "Central."
    ),
    "archive_encrypted": marked(
        "Amazon's file of the customization is locked by a password and is not opened."
    ),
    "archive_bomb": marked(
        "Amazon's file of the customization unpacks to far more than it should and is not opened."
    ),
    "archive_crowded": marked(
        "Amazon's file of the customization holds too many files and is not opened."
    ),
    "archive_names": marked(
        "Amazon's file of the customization holds names that lead elsewhere and is not opened."
    ),
    "archive_twins": marked(
        "Amazon's file of the customization holds two files of one name and is not opened."
    ),
    "archive_nested": marked(
        "Amazon's file of the customization holds another archive and is not opened."
    ),
    "archive_method": marked(
        "Amazon's file of the customization is packed in a way that is not opened here."
    ),
    "document_missing": marked(
        "Amazon's file of the customization does not say what the buyer chose."
    ),
    "document_unreadable": marked(
        "What Amazon's file of the customization says of the buyer's choice cannot be read."
    ),
    "reading_overrun": marked(
        "Reading Amazon's file of the customization took too much memory or time, so it was "
        "stopped. Open it in Seller Central."
    ),
}


class Refused(Exception):
    """The archive is not read, for the reason of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
