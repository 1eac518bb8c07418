"""Rows: workspaces, the people who work in them, and who may do what there."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id
from packbench.privacy.fields import SealedField


def new_person_id() -> str:
    return new_id("per")


def new_workspace_id() -> str:
    return new_id("wsp")


def new_mail_id() -> str:
    return new_id("mai")


def new_key_id() -> str:
    return new_id("apk")


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """Make a person who signs in with an e-mail address and a password."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser):
    """Someone who signs in. What they may do is said by their memberships."""

    id = models.CharField(primary_key=True, max_length=32, default=new_person_id, editable=False)
    email = models.EmailField(_("E-mail address"), unique=True)
    name = models.CharField(_("Name"), max_length=100, blank=True)
    language = models.CharField(max_length=5, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    member: "Member | None" = None  # where they work, once they are signed in

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name or self.email


class Workspace(models.Model):
    """One seller's world. Everything belongs to one; doors reach rows only from it."""

    id = models.CharField(primary_key=True, max_length=32, default=new_workspace_id, editable=False)
    name = models.CharField(max_length=100)
    key = models.OneToOneField("privacy.DataKey", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person in a workspace."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        PACKER = "packer", _("Packer")
        VIEWER = "viewer", _("Viewer")

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.OWNER)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["workspace", "person"], name="member_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} in {self.workspace_id}"

    @property
    def can_ship(self) -> bool:
        return self.role in (self.Role.OWNER, self.Role.PACKER)

    @property
    def can_manage(self) -> bool:
        return self.role == self.Role.OWNER

    @property
    def can_see_buyers(self) -> bool:
        return self.can_ship


class Mail(models.Model):
    """An e-mail to a member: its sentences are said in their language when it is sent.

    `key` names what it is about; the database refuses a second one for the same person.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", _("Answer lost")  # it may have gone out: never sent again

    id = models.CharField(primary_key=True, max_length=32, default=new_mail_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="mails")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=24)
    key = models.CharField(max_length=160)
    subject = models.JSONField()  # a Sentence
    paragraphs = models.JSONField(default=list)  # Sentences
    path = models.CharField(max_length=200)  # the page of the desk that it leads to
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.JSONField(null=True)  # a Sentence with its code
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "key"], name="mail_once"),)
        indexes = (
            models.Index(
                fields=["next_try_at"],
                name="mail_waiting",
                condition=models.Q(status__in=["pending", "sending"]),
            ),
            models.Index(fields=["workspace", "kind", "created_at"], name="mail_of_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PasswordUsed(models.Model):
    """The hash of a password that a person had."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    password = models.CharField(max_length=128)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.person_id


class SecondFactor(models.Model):
    """The secret that a person's app shares with us; asked for once it is confirmed."""

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    secret = SealedField(kind=bytes, is_workspaces=True)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)  # of the code that was taken last
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.person_id


class RecoveryCode(models.Model):
    """One of the codes for whoever lost the app: a hash, good once."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["person", "digest"], name="recovery_code_once"),
        )

    def __str__(self) -> str:
        return self.person_id


class ApiKey(models.Model):
    """What a program comes in with. The token is kept as a hash; a revoked key stays listed."""

    class Scope(models.TextChoices):
        ORDERS = "orders:read", _("Read orders, without who bought")
        BUYERS = "buyers:read", _("Read names and addresses of buyers: each look is recorded")
        PRINT = "print", _("Print labels and slips: for the print agent")

    id = models.CharField(primary_key=True, max_length=32, default=new_key_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    beginning = models.CharField(max_length=16)
    scopes = models.JSONField(default=list)
    made_by = models.CharField(max_length=32)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=32, blank=True)
    minute = models.BigIntegerField(default=0)  # that `calls` counts
    calls = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    @property
    def scope_names(self) -> list[str]:
        return [str(self.Scope(scope).label) for scope in self.scopes]
