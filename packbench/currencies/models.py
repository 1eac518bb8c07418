"""Rows: dated rates, and the currency that a workspace likes to see beside the true one."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ExchangeRate(models.Model):
    """One unit of `base` was so many of `currency` on that day, by somebody's word."""

    class Origin(models.TextChoices):
        ECB = "ecb", _("European Central Bank")
        FILE = "file", _("File")
        PERSON = "person", _("By hand")

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="rates"
    )
    base = models.CharField(max_length=3)
    currency = models.CharField(max_length=3)
    on = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    origin = models.CharField(max_length=8, choices=Origin.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "base", "currency", "on"], name="rate_once"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
            models.CheckConstraint(condition=~Q(base=F("currency")), name="rate_of_two"),
        )

    def __str__(self) -> str:
        return f"{self.base} {self.currency} {self.on}"


class DisplayCurrency(models.Model):
    """The currency that amounts are shown in as well. Without a row, in none."""

    workspace = models.OneToOneField(
        "accounts.Workspace",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="display_currency",
    )
    currency = models.CharField(max_length=3)

    def __str__(self) -> str:
        return self.currency
