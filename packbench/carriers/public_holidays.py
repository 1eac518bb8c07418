"""Public holidays: days on which nobody comes for parcels, by country and region."""

from datetime import date


def public_holidays(country: str, region: str, *, today: date) -> list[date]:
    """Return the country's days off from today to the end of next year, Sundays left out.

    `region` is a code or a name as in an address; where it is known, its own days are among them.
    An unknown country has none.
    """
    import holidays  # a fifth of a second, for a button that is rarely pressed

    known = holidays.list_supported_countries()
    if country not in known:
        return []
    years = (today.year, today.year + 1)
    nation = holidays.country_holidays(country, years=years)
    words = {code.casefold(): code for code in known[country]}
    words |= {name.casefold(): code for name, code in nation.subdivisions_aliases.items()}
    code = words.get(region.strip().casefold())
    days = holidays.country_holidays(country, subdiv=code, years=years) if code else nation
    return sorted(day for day in days if day >= today and day.weekday() != 6)
