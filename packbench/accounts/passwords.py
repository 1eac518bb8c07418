"""Passwords: the last ten are not taken again (Amazon's data protection policy)."""

from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from packbench.accounts.models import PasswordUsed

KEPT = 10


class NotUsedBefore:
    """Django's validator of a new password; it also keeps the hash of each that was set."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for one of the last ten."""
        if user is None or not user.pk:
            return
        used = PasswordUsed.objects.filter(person_id=user.pk).order_by("-id")[:KEPT]
        hashes = [user.password, *used.values_list("password", flat=True)]
        if any(known and check_password(password, known) for known in hashes):
            raise ValidationError(
                _("You had this password before. The last %(count)s are not taken again."),
                code="used_before",
                params={"count": KEPT},
            )

    def password_changed(self, password: str, user: Any = None) -> None:
        """Keep its hash, and forget those that no longer count."""
        if user is None:
            return
        PasswordUsed.objects.create(person_id=user.pk, password=user.password, at=timezone.now())
        kept = PasswordUsed.objects.filter(person_id=user.pk).order_by("-id")[:KEPT]
        PasswordUsed.objects.filter(person_id=user.pk).exclude(
            pk__in=list(kept.values_list("pk", flat=True))
        ).delete()

    def get_help_text(self) -> str:
        return gettext("None of your last %(count)s passwords.") % {"count": KEPT}
