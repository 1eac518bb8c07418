"""The first question of the guide to a private app."""

from django import forms
from django.utils.translation import gettext_lazy as _

from packbench.web.forms.fields import MarketplaceField


class GuideForm(forms.Form):
    """Where one sells, and whether one is a developer at Amazon already (SEED-13)."""

    HAS_PROFILE, NO_PROFILE, OLD_PROFILE = "yes", "no", "mws"

    country = MarketplaceField(
        help_text=_("A country where you sell. The links then lead to its Seller Central."),
    )
    has_profile = forms.ChoiceField(
        label=_("Are you registered as a developer at Amazon?"),
        choices=[
            (NO_PROFILE, _("I do not have a developer profile")),
            (HAS_PROFILE, _("I have a developer profile already")),
            (OLD_PROFILE, _("I only have keys of Amazon MWS, from before")),
        ],
        initial=NO_PROFILE,
        widget=forms.RadioSelect,
    )
