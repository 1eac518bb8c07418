"""A postal address, as a store gives it and a label shows it. Personal data (SEED-78)."""

from packbench.lib.personal import Personal


class Address(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """A postal address as the store gave it. `country` is ISO 3166-1 alpha-2."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    line3: str = ""
    district: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""
    kind: str = ""  # residential | commercial | pickup_point, or what the store says
    instructions: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether a parcel could be handed over: who, where, in which country."""
        return bool((self.name or self.company) and self.line1 and self.country)

    @property
    def second_line(self) -> str:
        """All that follows the first line, for carriers that know two."""
        return ", ".join(filter(None, [self.line2, self.line3, self.district]))

    @property
    def words(self) -> tuple[str, ...]:
        """What names or finds the person: kept out of what others say of the parcel."""
        said = (self.name, self.company, self.line1, self.line2, self.line3, self.phone)
        return tuple(each for each in said if each)


class OwnAddress(Personal, frozen=True, kw_only=True, omit_defaults=True):
    """An address that a person entered, and the store's at the time: a newer one is told by it."""

    address: Address
    instead_of: Address | None = None
