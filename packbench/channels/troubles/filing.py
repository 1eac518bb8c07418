"""Troubles of files: reports in, confirmation files out."""

from packbench.channels.troubles.base import Action, Step, Trouble
from packbench.lib.sentences import marked as _

DOWNLOAD = Step(
    _("Download the report again in Seller Central: Orders, Order reports, Unshipped orders."),
    Action.SELLER_CENTRAL,
)
UPLOAD = Step(_("Upload the .txt file unchanged; do not open it in a spreadsheet."), Action.STORE)

TROUBLES = (
    Trouble(
        "wrong_report",
        _("This is another report"),
        _("Packbench reads the report Unshipped orders."),
        (DOWNLOAD, UPLOAD),
    ),
    Trouble(
        "file_is_spreadsheet",
        _("This is a spreadsheet"),
        _("The report was opened and saved by a spreadsheet, or packed."),
        (DOWNLOAD, UPLOAD),
        words=("Excel", "xlsx", "zip"),
    ),
    Trouble(
        "file_not_text",
        _("This is not a text file"),
        _("The report is a text file with tabs between its columns."),
        (DOWNLOAD, UPLOAD),
    ),
    Trouble(
        "file_empty",
        _("The file is empty"),
        _("The download failed, most often because the sign-in had ended."),
        (DOWNLOAD, UPLOAD),
    ),
    Trouble(
        "file_is_xml",
        _("This is an XML file"),
        _("Amazon has the report as text too: that is the one that is read."),
        (DOWNLOAD, UPLOAD),
    ),
    Trouble(
        "file_is_web_page",
        _("This is a web page"),
        _("Instead of the report the browser saved a page, most often of the sign-in."),
        (DOWNLOAD, UPLOAD),
        words=("HTML",),
    ),
    Trouble(
        "file_has_commas",
        _("There are commas between the columns"),
        _("The report was saved by another program, which changed it."),
        (DOWNLOAD, UPLOAD),
        words=("CSV",),
    ),
    Trouble(
        "column_missing",
        _("A column is missing"),
        _("The report was changed, or is of an older kind."),
        (DOWNLOAD, UPLOAD),
    ),
    Trouble(
        "charset_unknown",
        _("The letters of the file cannot be read"),
        _("The report is in the alphabet of another marketplace."),
        (Step(_("Upload it to the store of its own marketplace."), Action.STORE),),
    ),
    Trouble(
        "letters_not_in_charset",
        _("The file cannot hold all letters"),
        _("Amazon's file for this marketplace has an old alphabet."),
        (Step(_("Name the carrier in letters that it holds."), Action.CARRIERS),),
    ),
)
