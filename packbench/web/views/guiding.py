"""The guide to one's own private app: step by step through Amazon's pages (SEED-12, SEED-13)."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from packbench.channels.registry import open_authorizer
from packbench.lib.marketplaces import by_country
from packbench.web.addresses import redirect_uri, standing
from packbench.web.doors import DeskRequest, owner_page
from packbench.web.forms.guiding import GuideForm

PROGRESS = "connect_guide"  # in the session: country, branch, and the steps that are done


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its place in the address, its name, and whether a profile makes it needless."""

    slug: str
    name: Promise
    is_for_new: bool = False


STEPS = (
    Step("register", _("Register as a developer"), is_for_new=True),
    Step("roles", _("Ask for the roles")),
    Step("app", _("Make the application")),
    Step("keys", _("Copy client ID and secret")),
    Step("authorize", _("Authorize your account")),
    Step("seller", _("Find the seller ID")),
)


@owner_page
def guide(request: DeskRequest) -> HttpResponse:
    """Ask for country and branch, then begin; or go on where one stopped."""
    progress = request.session.get(PROGRESS)
    form = GuideForm(request.POST or None, initial=_initial(request, progress))
    if request.method == "POST" and form.is_valid():
        begun = {**form.cleaned_data, "done": []}
        same = progress and {**progress, "done": []} == begun
        request.session[PROGRESS] = progress if same else begun
        return redirect("connect_guide_step", _next(request.session[PROGRESS]))
    context = {"form": form, "progress": progress, "next": _next(progress) if progress else ""}
    return render(request, "web/connect/guide/begin.html", context)


@owner_page
def guide_step(request: DeskRequest, slug: str) -> HttpResponse:
    """Show one step; sent, it counts as done and the next one opens. The last opens the form."""
    if slug not in {step.slug for step in STEPS}:
        raise Http404
    progress: dict[str, Any] = request.session.get(PROGRESS) or {}
    steps = _steps(progress) if progress else []
    here = next((number for number, step in enumerate(steps) if step.slug == slug), None)
    if here is None:
        return redirect("connect_guide")
    if request.method == "POST":
        progress["done"] = [*{*progress["done"], slug}]
        request.session[PROGRESS] = progress
        return _after(steps, here, progress["country"])
    return render(request, "web/connect/guide/step.html", _context(request, progress, steps, here))


def _after(steps: list[Step], here: int, country: str) -> HttpResponse:
    if here + 1 < len(steps):
        return redirect("connect_guide_step", steps[here + 1].slug)
    return redirect(reverse("connect_app") + f"?country={country}")


def _context(
    request: DeskRequest, progress: dict[str, Any], steps: list[Step], here: int
) -> dict[str, Any]:
    address = redirect_uri()
    return {
        "step": steps[here],
        "number": here + 1,
        "steps": [(step, step.slug in progress["done"]) for step in steps],
        "before": steps[here - 1] if here else None,
        "is_last": here + 1 == len(steps),
        "market": by_country(progress["country"]),
        "has_profile": progress["has_profile"] == GuideForm.HAS_PROFILE,
        "links": open_authorizer().places(progress["country"]),
        "redirect_uri": address,
        "standing": standing(address, request.get_host()),
        "body": f"web/connect/guide/{steps[here].slug}.html",
    }


def _steps(progress: dict[str, Any]) -> list[Step]:
    """The steps of the branch: who has a profile need not register."""
    has_profile = progress["has_profile"] == GuideForm.HAS_PROFILE
    return [step for step in STEPS if not (has_profile and step.is_for_new)]


def _next(progress: dict[str, Any]) -> str:
    """The first step that is not done; the last where all are."""
    steps = _steps(progress)
    return next((step.slug for step in steps if step.slug not in progress["done"]), steps[-1].slug)


def _initial(request: DeskRequest, progress: dict[str, Any] | None) -> dict[str, Any]:
    country = request.GET.get("country", "").upper()
    return {**(progress or {}), **({"country": country} if country else {})}
