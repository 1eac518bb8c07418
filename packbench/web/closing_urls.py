"""Pages that close the day: forms for drivers."""

from django.urls import path

from packbench.web.views import closing

urlpatterns = [
    path("shipments/closing", closing.closing, name="closing"),
    path("shipments/closing/begin", closing.begin, name="closing_begin"),
    path("shipments/closing/<slug:manifest_id>", closing.manifest, name="manifest"),
    path("shipments/closing/<slug:manifest_id>/state", closing.state, name="manifest_state"),
    path("shipments/closing/<slug:manifest_id>/form", closing.form, name="manifest_form"),
    path("shipments/closing/<slug:manifest_id>/list", closing.driver_list, name="manifest_list"),
    path("shipments/closing/<slug:manifest_id>/again", closing.again, name="manifest_again"),
    path("shipments/closing/<slug:manifest_id>/own", closing.own, name="manifest_own"),
]
