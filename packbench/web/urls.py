"""Every page of the desk."""

from functools import partial

from django.urls import include, path
from django.views import defaults
from django.views.generic import RedirectView

from packbench.web.views import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="today")),
    path("healthz", health.healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("packbench.web.today_urls")),
    path("", include("packbench.web.api_urls")),
    path("", include("packbench.web.rule_urls")),
    path("", include("packbench.web.entry_urls")),
    path("", include("packbench.web.paper_urls")),
    path("", include("packbench.web.order_urls")),
    path("", include("packbench.web.problem_urls")),
    path("", include("packbench.web.bench_urls")),
    path("", include("packbench.web.closing_urls")),
    path("", include("packbench.web.outbox_urls")),
    path("", include("packbench.web.health_urls")),
    path("", include("packbench.web.shipping_urls")),
    path("", include("packbench.web.return_urls")),
    path("", include("packbench.web.store_urls")),
    path("", include("packbench.web.help_urls")),
]

handler403 = partial(defaults.permission_denied, template_name="web/errors/403.html")
handler404 = partial(defaults.page_not_found, template_name="web/errors/404.html")
handler500 = partial(defaults.server_error, template_name="web/errors/500.html")
