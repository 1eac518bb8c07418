"""Pages of papers and printers."""

from django.urls import path

from packbench.web.views import documents, papers, printing

urlpatterns = [
    path("orders/papers", papers.of_selected, name="print_papers"),
    path("orders/pick-list", papers.pick_list, name="pick_list"),
    path("orders/<str:order_id>/papers", papers.of_order, name="order_papers"),
    path("batches/<str:batch_id>/papers", papers.of_batch, name="batch_papers"),
    path("batches/<str:batch_id>/pick-list", papers.batch_pick_list, name="batch_pick_list"),
    path("shipments/<str:shipment_id>/papers", papers.of_shipment, name="shipment_papers"),
    path("shipments/<str:shipment_id>/preview.png", papers.preview, name="label_preview"),
    path("settings/documents", documents.documents, name="settings_documents"),
    path("settings/documents/<str:store_id>", documents.of_store, name="settings_store_documents"),
    path(
        "settings/documents/<str:store_id>/<slug:kind>/sample",
        documents.preview,
        name="settings_template_sample",
    ),
    path(
        "settings/documents/<str:store_id>/<slug:kind>/reset",
        documents.reset,
        name="settings_template_reset",
    ),
    path("settings/printing", printing.overview, name="settings_printing"),
    path("settings/printing/here", printing.stand_at, name="settings_station_here"),
    path("settings/printing/stations", printing.new_station, name="settings_station_new"),
    path(
        "settings/printing/stations/<str:station_id>/remove",
        printing.delete_station,
        name="settings_station_remove",
    ),
    path("settings/printing/routes", printing.new_route, name="settings_route_new"),
    path(
        "settings/printing/routes/<int:route_id>/remove",
        printing.delete_route,
        name="settings_route_remove",
    ),
    path("settings/printing/printers/<str:printer_id>", printing.printer, name="settings_printer"),
    path(
        "settings/printing/printers/<str:printer_id>/remove",
        printing.delete_printer,
        name="settings_printer_remove",
    ),
    path(
        "settings/printing/printers/<str:printer_id>/test",
        printing.test_printer,
        name="settings_printer_test",
    ),
    path("settings/printing/jobs/<str:job_id>/again", printing.again, name="print_job_again"),
    path("settings/printing/jobs/<str:job_id>/cancel", printing.cancel, name="print_job_cancel"),
]
