"""Rows: on which paper what is printed, where the printers stand, and what they are to print."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id
from packbench.shipments.picking import PrintOrder

LONGEST_TEMPLATE = 20_000


def new_station_id() -> str:
    return new_id("stn")


def new_printer_id() -> str:
    return new_id("prn")


def new_print_job_id() -> str:
    return new_id("job")


class Kind(models.TextChoices):
    """The documents that go with parcels, in the order they are printed for one."""

    LABEL = "label", _("Labels")
    CUSTOMS = "customs", _("Customs forms")
    INVOICE = "invoice", _("Commercial invoices")
    SLIP = "slip", _("Packing slips")
    GIFT_CARD = "gift_card", _("Gift cards")


class SheetChoice(models.TextChoices):
    """`labels.sheets.SHEETS`, with words for people."""

    AS_SENT = "", _("Label paper, as the carrier made it")
    FOUR_BY_SIX = "4x6in", _("Label paper 4 × 6 in")
    A6 = "a6", _("Label paper A6")
    A4_1 = "a4_1", _("A4, one label")
    A4_2 = "a4_2", _("A4, two labels")
    A4_4 = "a4_4", _("A4, four labels")
    LETTER_1 = "letter_1", _("Letter, one label")
    LETTER_2 = "letter_2", _("Letter, two labels")
    LETTER_4 = "letter_4", _("Letter, four labels")


class PaperChoice(models.TextChoices):
    """What slips, invoices and lists are printed on."""

    USUAL = "", _("A4 or Letter, as usual in your country")
    A4 = "a4", _("A4")
    LETTER = "letter", _("Letter")
    FOUR_BY_SIX = "4x6in", _("Label paper 4 × 6 in")
    A6 = "a6", _("Label paper A6")


def with_labels() -> list[str]:
    return [Kind.CUSTOMS.value, Kind.INVOICE.value]


class PaperSettings(models.Model):
    """On which paper a workspace prints, and what goes along with its labels."""

    workspace = models.OneToOneField(
        "accounts.Workspace", primary_key=True, on_delete=models.CASCADE, related_name="papers"
    )
    label_sheet = models.CharField(
        _("Labels on"), max_length=8, choices=SheetChoice.choices, blank=True
    )
    document_paper = models.CharField(
        _("Slips, invoices and lists on"),
        max_length=8,
        choices=PaperChoice.choices,
        blank=True,
    )
    with_labels = ArrayField(
        models.CharField(max_length=9, choices=Kind.choices), default=with_labels
    )  # kinds that every print of labels brings along
    is_by_kind = models.BooleanField(
        _("All labels first, then the other papers"), default=False
    )  # else parcel by parcel
    sort = models.CharField(
        _("Sorted"), max_length=8, choices=PrintOrder.choices, default=PrintOrder.PICKED
    )
    wave_size = models.PositiveSmallIntegerField(
        _("Orders in a wave"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )

    def __str__(self) -> str:
        return self.workspace_id


class StorePapers(models.Model):
    """The papers of one store: which there are, and its own templates of them ("": ours)."""

    store = models.OneToOneField(
        "channels.Store", primary_key=True, on_delete=models.CASCADE, related_name="papers"
    )
    has_slips = models.BooleanField(_("Packing slips"), default=True)
    has_gift_cards = models.BooleanField(_("Gift cards"), default=True)
    shows_prices = models.BooleanField(
        _("Prices on packing slips, but not of gifts"), default=False
    )
    slip_template = models.TextField(max_length=LONGEST_TEMPLATE, blank=True)
    card_template = models.TextField(max_length=LONGEST_TEMPLATE, blank=True)

    def __str__(self) -> str:
        return self.store_id


class Station(models.Model):
    """A place where parcels are packed. A browser there remembers which one it is."""

    id = models.CharField(primary_key=True, max_length=32, default=new_station_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="stations"
    )
    name = models.CharField(_("Name"), max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "name"], name="station_name_once"),
        )

    def __str__(self) -> str:
        return self.name


class Printer(models.Model):
    """A printer that a print agent told of. `agent` and `name` are the agent's own words."""

    class Language(models.TextChoices):
        PDF = "pdf", _("PDF")
        ZPL = "zpl", _("ZPL")

    class Resolution(models.IntegerChoices):
        USUAL = 203, "203 dpi"
        FINE = 300, "300 dpi"

    id = models.CharField(primary_key=True, max_length=32, default=new_printer_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="printers"
    )
    agent = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    language = models.CharField(
        _("Speaks"), max_length=3, choices=Language.choices, default=Language.PDF
    )
    dpi = models.PositiveSmallIntegerField(
        _("Resolution"), choices=Resolution.choices, default=Resolution.USUAL
    )
    label_sheet = models.CharField(
        _("Labels on"), max_length=8, choices=SheetChoice.choices, blank=True
    )
    document_paper = models.CharField(
        _("Slips, invoices and lists on"), max_length=8, choices=PaperChoice.choices, blank=True
    )
    problem = models.JSONField(null=True)  # a Sentence: out of paper, open, not there
    seen_at = models.DateTimeField(null=True)  # when its agent last spoke of it
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "agent", "name"], name="printer_once"),
        )

    def __str__(self) -> str:
        return self.name


class PrintRoute(models.Model):
    """Which printer a kind of document goes to; without station or store for all of them.

    The closest one counts: station and store, station, store, neither.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="print_routes"
    )
    station = models.ForeignKey(
        Station, null=True, blank=True, on_delete=models.CASCADE, related_name="routes"
    )
    store = models.ForeignKey(
        "channels.Store", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(_("Documents"), max_length=9, choices=Kind.choices)
    printer = models.ForeignKey(Printer, on_delete=models.CASCADE, related_name="routes")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "station", "store", "kind"],
                name="print_route_once",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} → {self.printer_id}"


class PrintJob(models.Model):
    """Something that a printer is to print, once. It holds ids: the paper is made when it is sent.

    Only the agent's answer ends it; after the lease the same agent is asked again, and its
    journal knows what became of it.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CLAIMED = "claimed", _("Being printed")
        PRINTED = "printed", _("Printed")
        FAILED = "failed", _("Not printed")
        DOUBTFUL = "doubtful", _("In doubt")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.CharField(primary_key=True, max_length=32, default=new_print_job_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="print_jobs"
    )
    printer = models.ForeignKey(Printer, on_delete=models.CASCADE, related_name="jobs")
    station = models.ForeignKey(Station, null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.WAITING)
    shipment_ids = models.JSONField(default=list)  # none: a test page
    kinds = ArrayField(models.CharField(max_length=9), default=list)
    place = models.PositiveIntegerField(default=0)  # among those asked for at the same time
    start = models.PositiveSmallIntegerField(default=0)  # of a sheet that was used before
    attempts = models.PositiveSmallIntegerField(default=0)
    journal = models.CharField(max_length=40, blank=True)  # of the agent that claimed it
    claimed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    problem = models.JSONField(null=True)  # a Sentence with its code
    again_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["printer", "created_at", "place", "id"],
                name="print_job_open",
                condition=Q(status__in=["waiting", "claimed"]),
            ),
            models.Index(fields=["workspace", "-created_at", "-id"], name="print_job_by_date"),
        )

    def __str__(self) -> str:
        return self.id
