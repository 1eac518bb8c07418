"""`{% explain %}`: a trouble with its cause, its steps and their buttons."""

from typing import Any

from django import template
from django.template import Context
from django.utils.translation import gettext

from packbench.channels.models import SellerAccount
from packbench.lib import clock
from packbench.web.connection_lines import Tested, read_test
from packbench.web.explaining import About, explain

register = template.Library()


@register.inclusion_tag("web/help/explained.html", takes_context=True, name="explain")
def explain_here(
    context: Context, error: Any, *, is_short: bool = False, **about: Any
) -> dict[str, Any]:
    """Show it at what it was met: `account`, `store`, `order`, `notice`; short, it opens."""
    code = getattr(error, "code", "") or (error.get("code") if isinstance(error, dict) else error)
    given = {name: value for name, value in about.items() if value}
    trouble = explain(error, About(**given, code=str(code or "")), context.get("member"))
    return {
        "trouble": trouble,
        "is_short": is_short,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def help_url(code: str) -> str:
    """Where the code is explained; nothing where nobody has."""
    return explain(code, About(), None).url


@register.simple_tag
def withheld_code(account: SellerAccount) -> str:
    """Why data sets are withheld: those about people need a role, others come back."""
    is_personal = any(name in ("BUYER", "RECIPIENT") for name in account.withheld)
    return "missing_role" if is_personal else "dataset_refused"


@register.filter
def marked_text(text: str) -> str:
    """A text of a catalog in the reader's language."""
    return gettext(text)


@register.simple_tag
def test_of(account: SellerAccount) -> Tested:
    """The last test of the account's connection, or the one that runs."""
    return read_test(account, now=clock.now())
