"""Two file drops a day: reports in, shipping confirmations out (design §6.3)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.filing import import_report
from packbench.shipments.filing import write_notice_file
from packbench.web.doors import DeskRequest, member_page, shipper_page
from packbench.web.forms.stores import ReportForm
from packbench.web.views.stores import find_store, store_page


@require_POST
@shipper_page
def upload_report(request: DeskRequest, store_id: str) -> HttpResponse:
    """Import the report and show what it brought, with the rows that were refused."""
    row = find_store(request, store_id)
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return store_page(request, row, report_form=form)
    content = form.cleaned_data["report"].read()
    try:
        result = import_report(row, content, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return store_page(request, row, refused_report=error)
    return render(request, "web/files/report.html", {"store": row, "result": result})


@require_POST
@shipper_page
def write_file(request: DeskRequest, store_id: str) -> HttpResponse:
    """Write the confirmation file of all that waits; the page then hands it out."""
    row = find_store(request, store_id)
    try:
        file = write_notice_file(row, now=clock.now())
    except Rejected as error:
        return store_page(request, row, refused_file=error)
    answer = render(request, "web/files/ready.html", {"store": row, "file": file})
    answer["Refresh"] = f"0;url={reverse('store_file', args=[row.pk, file.pk])}"  # the download
    return answer


@member_page
def take_file(request: DeskRequest, store_id: str, file_id: str) -> HttpResponse:
    file = get_object_or_404(request.workspace.notice_files, pk=file_id, store_id=store_id)
    answer = HttpResponse(bytes(file.content), content_type="text/plain")
    name = f"shipping-confirmation-{file.created_at:%Y-%m-%d-%H%M}.txt"
    answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
