"""Rows: what a person vouches for, because no program can look it up."""

from django.db import models


class AttestationQuerySet(models.QuerySet["Attestation"]):
    def newest(self, control: str) -> "Attestation | None":
        return self.filter(control=control).order_by("-at", "-id").first()


class Attestation(models.Model):
    """A person's word for one control. Never changed: a newer one follows it."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="attestations"
    )
    control = models.CharField(max_length=40)
    said = models.CharField(max_length=500)
    person_id = models.CharField(max_length=32)
    at = models.DateTimeField()

    objects = AttestationQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["workspace", "control", "-at"], name="attestation_newest"),)

    def __str__(self) -> str:
        return self.control
