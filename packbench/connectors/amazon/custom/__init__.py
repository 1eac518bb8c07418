"""Amazon Custom: the archive behind a customization's link, fetched and read (`spapi.md` §6.5)."""
