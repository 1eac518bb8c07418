"""Rows: tags, rules, and what rules did to orders."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from packbench.lib.ids import new_id
from packbench.rules.actions import Action
from packbench.rules.conditions import Condition, conditions_of


def new_tag_id() -> str:
    return new_id("tag")


def new_rule_id() -> str:
    return new_id("rul")


def new_run_id() -> str:
    return new_id("run")


class Tag(models.Model):
    """A word with a color that orders of the whole workspace may carry."""

    class Color(models.TextChoices):
        RED = "red", _("Red")
        ORANGE = "orange", _("Orange")
        GOLD = "gold", _("Gold")
        GREEN = "green", _("Green")
        TEAL = "teal", _("Teal")
        BLUE = "blue", _("Blue")
        VIOLET = "violet", _("Violet")
        PINK = "pink", _("Pink")

    id = models.CharField(primary_key=True, max_length=32, default=new_tag_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="tags"
    )
    name = models.CharField(_("Name"), max_length=40)
    color = models.CharField(_("Color"), max_length=8, choices=Color.choices, default=Color.BLUE)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                models.F("workspace"), models.functions.Upper("name"), name="tag_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """Which orders, and what is to be done with them. `version` grows with every change of these.

    Rules are asked in the order of their positions; one that `is_last` ends the asking where it
    holds.
    """

    class Match(models.TextChoices):
        ALL = "all", _("all of these hold")
        ANY = "any", _("one of these holds")

    id = models.CharField(primary_key=True, max_length=32, default=new_rule_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="rules"
    )
    name = models.CharField(_("Name"), max_length=80)
    position = models.PositiveIntegerField()
    is_enabled = models.BooleanField(_("Switched on"), default=True)
    is_last = models.BooleanField(_("Ask no further rules where this one holds"), default=False)
    match = models.CharField(max_length=3, choices=Match.choices, default=Match.ALL)
    conditions = models.JSONField(default=list)
    actions = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["workspace", "position"], name="rule_in_order"),)

    def __str__(self) -> str:
        return self.name

    @property
    def all_conditions(self) -> tuple[Condition, ...]:
        return conditions_of(self.conditions)

    @property
    def all_actions(self) -> tuple[Action, ...]:
        return Action.many(self.actions)


class RuleEffect(models.Model):
    """A rule held for an order and was carried out: once for each of its versions.

    `done` are the actions that changed something, `left` those that a person had decided
    otherwise, or that were so already; as they stood then.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="rule_effects"
    )
    order_id = models.CharField(max_length=32)
    rule_id = models.CharField(max_length=32)
    version = models.PositiveIntegerField()
    rule_name = models.CharField(max_length=80)
    done = models.JSONField(default=list)
    left = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["order_id", "rule_id", "version"], name="rule_effect_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} {self.order_id}"


class RuleRun(models.Model):
    """A person had the rules asked for all open orders; `reached` is the last one done."""

    id = models.CharField(primary_key=True, max_length=32, default=new_run_id, editable=False)
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, related_name="rule_runs"
    )
    asked_by = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    reached = models.CharField(max_length=32, blank=True)
    looked_at = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(finished_at__isnull=True),
                name="rule_run_open_once",
            ),
        )

    def __str__(self) -> str:
        return self.id
