"""Pages of help, and of testing a connection."""

from django.urls import path

from packbench.web.views import help, testing

urlpatterns = [
    path("help", help.help_pages, name="help"),
    path("help/errors", help.errors, name="help_errors"),
    path("help/errors/<str:name>", help.error, name="help_error"),
    path("help/diagnostics", help.diagnostics, name="help_diagnostics"),
    path("help/<slug:slug>", help.article, name="help_article"),
    path("stores/accounts/<public_id:account_id>/test", testing.test, name="account_test"),
    path(
        "stores/accounts/<public_id:account_id>/connection",
        testing.connection,
        name="account_connection",
    ),
]
