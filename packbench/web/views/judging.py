"""Account health: the rates that Amazon holds a seller to, and the orders that endanger them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from packbench.lib import clock
from packbench.web.context import stores_of
from packbench.web.doors import DeskRequest, member_page
from packbench.web.health_page import health_context


@never_cache
@require_GET
@member_page
def health(request: DeskRequest) -> HttpResponse:
    """One store's rates against Amazon's targets."""
    context = health_context(request.workspace, stores_of(request), request.GET, now=clock.now())
    return render(request, "web/health/page.html", context)
