"""Every page of the desk."""

from django.urls import include, path
from django.views.generic import RedirectView

from packbench.web.views import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="orders")),
    path("healthz", health.healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("packbench.web.order_urls")),
    path("", include("packbench.web.store_urls")),
]
