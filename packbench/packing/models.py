"""Rows: parcels at the bench, counted piece by piece, their papers, and totes of picked orders."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from packbench.labels.models import Kind
from packbench.lib.ids import new_id

TRANSPARENCY = "TRANSPARENCY"  # Orders 2026-01-01 orderItems.programs


def new_packing_id() -> str:
    return new_id("pck")


class BenchSettings(models.Model):
    """What the bench asks for, in one workspace."""

    workspace = models.OneToOneField(
        "accounts.Workspace", primary_key=True, on_delete=models.CASCADE, related_name="bench"
    )
    asks_box = models.BooleanField(_("Ask for the box"), default=False)
    asks_weight = models.BooleanField(_("Ask for the weight"), default=False)
    packers_may_override = models.BooleanField(
        _("Packers may close a parcel without scanning everything"), default=False
    )
    prints_itself = models.BooleanField(_("Print the label as soon as it is bought"), default=True)
    prints_slip = models.BooleanField(
        _("Print the packing slip too, at a station that has a printer for it"), default=True
    )
    takes_photo = models.BooleanField(_("Take a photo of the open parcel"), default=False)

    def __str__(self) -> str:
        return self.workspace_id


class Packing(models.Model):
    """One parcel at the bench.

    With `is_label_first` its label was there before; else the bench asks for it when everything
    was scanned, and `shipment` is null until then, or the draft that a person composed.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Being packed")
        PACKED = "packed", _("Packed")
        LEFT = "left", _("Left")

    id = models.CharField(primary_key=True, max_length=32, default=new_packing_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="packings"
    )
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="packings")
    shipment = models.ForeignKey(
        "shipments.Shipment", null=True, on_delete=models.SET_NULL, related_name="packings"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    is_label_first = models.BooleanField()
    package_type = models.ForeignKey(
        "carriers.PackageType", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    weight_g = models.PositiveIntegerField(null=True)  # as the scale showed it, box included
    override_reason = models.CharField(max_length=200, blank=True)
    overridden_by = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(null=True)  # when the bench asked for the label
    packed_by = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # Two people never pack the same parcel at once.
            models.UniqueConstraint(
                fields=["order", "shipment"],
                condition=Q(status="open"),
                nulls_distinct=False,
                name="packing_once",
            ),
        )
        indexes = (
            models.Index(fields=["workspace", "-closed_at"], name="packing_by_date"),
            models.Index(
                fields=["workspace", "packed_by"], name="packing_open", condition=Q(status="open")
            ),
        )

    def __str__(self) -> str:
        return self.id

    @property
    def took_s(self) -> float | None:
        """Seconds from the first scan to the last."""
        return (self.closed_at - self.opened_at).total_seconds() if self.closed_at else None


class PackedLine(models.Model):
    """How many pieces of a line were scanned into the parcel, of how many."""

    id = models.BigAutoField(primary_key=True)
    packing = models.ForeignKey(Packing, on_delete=models.CASCADE, related_name="lines")
    order_item = models.ForeignKey("orders.OrderItem", on_delete=models.CASCADE, related_name="+")
    expected = models.PositiveIntegerField()
    packed = models.PositiveIntegerField(default=0)
    serial_numbers = ArrayField(models.CharField(max_length=100), default=list)
    transparency_codes = ArrayField(models.CharField(max_length=200), default=list)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["packing", "order_item"], name="packed_line_once"),
            models.CheckConstraint(condition=Q(packed__lte=F("expected")), name="packed_no_more"),
        )

    def __str__(self) -> str:
        return f"{self.packed} of {self.expected}"

    @property
    def needs_serials(self) -> bool:
        """Amazon asks for the number of each piece (packing.serialNumberRequirement)."""
        return bool(self.order_item.facts.get("needs_serials"))

    @property
    def needs_transparency(self) -> bool:
        """Each piece has a code of Amazon's Transparency program on it."""
        return TRANSPARENCY in self.order_item.programs

    @property
    def lacks_serial(self) -> bool:
        return self.needs_serials and len(self.serial_numbers) < self.packed

    @property
    def lacks_transparency(self) -> bool:
        return self.needs_transparency and len(self.transparency_codes) < self.packed

    @property
    def is_complete(self) -> bool:
        return self.packed == self.expected and not (self.lacks_serial or self.lacks_transparency)


class PackedPaper(models.Model):
    """A paper of a parcel that the bench handed to a printer, once; `job` is the latest try.

    Without a job nobody has it: the queue was full, or the printer was removed.
    """

    id = models.BigAutoField(primary_key=True)
    packing = models.ForeignKey(Packing, on_delete=models.CASCADE, related_name="papers")
    shipment = models.ForeignKey("shipments.Shipment", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    job = models.ForeignKey(
        "labels.PrintJob", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    problem = models.JSONField(null=True)  # a Sentence: why it was not handed over
    settled_at = models.DateTimeField(null=True)  # a person saw to it

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["shipment", "kind"], name="packed_paper_once"),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.shipment_id}"


class Tote(models.Model):
    """A box with a barcode of its own that holds what was picked for an order."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="totes"
    )
    code = models.CharField(max_length=20)  # upper case
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="totes")
    filled_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["workspace", "code"], name="tote_once"),)

    def __str__(self) -> str:
        return self.code
