"""Cells of tables for spreadsheets: what would be run as a formula is shown instead."""

FORMULAS = tuple("=+-@\t\r\n＝＋－＠")  # OWASP's list of what may start one, in full width too


def harmless(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
