"""Amazon's units, our grams and millimetres: exact, and missing rather than wrong.

The words are those of Catalog Items 2022-04-01 and of the attributes of Listings Items 2021-08-01;
`tons` may be short, long or metric there, so it is not among them.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

POUND_G = Decimal("453.59237")
INCH_MM = Decimal("25.4")
MOST_G = 1_000_000
MOST_MM = 100_000

GRAMS: dict[str, Decimal] = {
    word: size
    for words, size in (
        ("milligrams milligram mg", Decimal("0.001")),
        ("grams gram g gr", Decimal(1)),
        ("kilograms kilogram kg", Decimal(1000)),
        ("ounces ounce oz", POUND_G / 16),
        ("pounds pound lb lbs", POUND_G),
        ("hundredths_pounds hundredths-pounds", POUND_G / 100),
    )
    for word in words.split()
}
MILLIMETRES: dict[str, Decimal] = {
    word: size
    for words, size in (
        ("millimeters millimeter mm", Decimal(1)),
        ("centimeters centimeter cm", Decimal(10)),
        ("decimeters decimeter dm", Decimal(100)),
        ("meters meter m", Decimal(1000)),
        ("hundredths_inches hundredths-inches", INCH_MM / 100),
        ("inches inch in", INCH_MM),
        ("feet foot ft", INCH_MM * 12),
        ("yards yard yd", INCH_MM * 36),
    )
    for word in words.split()
}


def grams(value: object, unit: object) -> int | None:
    """Return whole grams, at least 1; None for what is no weight from above 0 to 1,000 kg."""
    return _converted(value, unit, GRAMS, most=MOST_G)


def millimetres(value: object, unit: object) -> int | None:
    """Return whole millimetres, at least 1; None for what is no length from above 0 to 100 m."""
    return _converted(value, unit, MILLIMETRES, most=MOST_MM)


def _converted(value: object, unit: object, sizes: dict[str, Decimal], *, most: int) -> int | None:
    size = sizes.get(str(unit).strip().lower())
    number = _number(value)
    if size is None or number is None or not 0 < number <= most * 1000:
        return None
    whole = max(1, int((number * size).to_integral_value(ROUND_HALF_UP)))
    return whole if whole <= most else None


def _number(value: object) -> Decimal | None:
    """The number as it was written: a float's shortest text is what stood in the answer."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value)[:60])
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
