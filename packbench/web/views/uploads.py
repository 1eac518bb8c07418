"""Tables of orders: upload, map, preview, import, and the rows that were refused."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.channels.tables import built_in_maps
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.orders.loading import AT_ONCE, load_upload, refused_file, refused_lines, samples_of
from packbench.orders.models import Upload
from packbench.orders.uploading import (
    begin_import,
    columns_of,
    delete_map,
    discard_upload,
    keep_upload,
    read_upload,
    take_map,
    use_map,
)
from packbench.privacy.revealing import record_disclosure
from packbench.web.doors import DeskRequest, shipper_page
from packbench.web.forms.tables import MapForm, TableForm
from packbench.web.saying import say
from packbench.web.views.answering import answer
from packbench.web.views.serving import private_file

SHOWN = 20  # uploads
REFUSED_SHOWN = 100
Status = Upload.Status


@never_cache
@shipper_page
def uploads(request: DeskRequest) -> HttpResponse:
    """Choose a file and its shop; the files of lately, and the maps."""
    shops = own_shops(request)
    form = TableForm(shops.values(), request.POST or None, request.FILES or None)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            row = keep_upload(
                shops[form.cleaned_data["store"]],
                form.cleaned_data["table"].read(),
                actor=request.user.pk,
                now=clock.now(),
            )
            return redirect("upload", row.pk)
        except Rejected as error:
            refused = error
    rows = request.workspace.uploads.select_related("store").defer("content", "samples")
    context = {
        "form": form,
        "refused": refused,
        "shops": shops,
        "rows": rows.order_by("-uploaded_at", "-id")[:SHOWN],
        "maps": request.workspace.column_maps.order_by("name"),
        "built_in": list(built_in_maps()),
    }
    return render(request, "web/uploads/uploads.html", context)


@never_cache
@require_GET
@shipper_page
def upload(request: DeskRequest, upload_id: str) -> HttpResponse:
    """One file: its map, how far it got, its preview, or what came of it."""
    row = _find(request, upload_id)
    if row.is_at_work and request.htmx:
        return render(request, "web/uploads/progress.html", {"upload": row})
    if row.has_file and (row.status == Status.MAPPING or _wants_map(request, row)):
        return _map_page(request, row)
    page = _page(request, row)
    if request.htmx:  # the work is done: the whole page is another one now
        page["HX-Refresh"] = "true"
    return page


@require_POST
@shipper_page
def use(request: DeskRequest, upload_id: str) -> HttpResponse:
    """Read the file by the map that was sent, and look it through."""
    row = _find(request, upload_id)
    try:
        columns = columns_of(row)
        form = MapForm(columns, row.value, request.POST)
        if not form.is_valid():
            return _map_page(request, row, form=form)
        given = form.table_map()
        again = (given.charset, given.delimiter) != (row.value.charset, row.value.delimiter)
        if again:  # another alphabet or another sign: the columns may be other ones
            read_upload(row, charset=given.charset, delimiter=given.delimiter).columns()
        name = form.cleaned_data["save_as"]
        use_map(row, given, name=name, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return _map_page(request, row, refused=error)
    _work_if_small(row)
    return redirect("upload", row.pk)


@require_POST
@shipper_page
def go(request: DeskRequest, upload_id: str) -> HttpResponse:
    """Import what the preview showed."""
    row = _find(request, upload_id)
    try:
        begin_import(row, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=("upload", row.pk), kind="error")
    _work_if_small(row)
    return redirect("upload", row.pk)


@require_POST
@shipper_page
def discard(request: DeskRequest, upload_id: str) -> HttpResponse:
    row = _find(request, upload_id)
    try:
        discard_upload(row, actor=request.user.pk, now=clock.now())
    except Rejected as error:
        return answer(request, say(error.sentence), back=("upload", row.pk), kind="error")
    return answer(request, gettext("The file is erased."), back="uploads")


@never_cache
@require_GET
@shipper_page
def refused(request: DeskRequest, upload_id: str) -> HttpResponse:
    """The refused rows as a file, to be mended and uploaded again."""
    row = _find(request, upload_id)
    try:
        content = refused_file(row, say)
    except Rejected as error:
        return answer(request, say(error.sentence), back=("upload", row.pk), kind="error")
    _disclose(request, row, now=clock.now())
    response = private_file(content, "text/csv; charset=utf-8")
    name = f"refused-{row.uploaded_at:%Y-%m-%d-%H%M}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


@require_POST
@shipper_page
def delete(request: DeskRequest, map_id: str) -> HttpResponse:
    row = get_object_or_404(request.workspace.column_maps, pk=map_id)
    delete_map(row, actor=request.user.pk, now=clock.now())
    return answer(request, gettext("Map deleted."), back="uploads")


def own_shops(request: DeskRequest) -> dict[str, Any]:
    """The workspace's shops outside Amazon, by id."""
    rows = request.workspace.stores.filter(account__isnull=True, marketplace_id="")
    return {row.pk: row for row in rows.defer("brand_logo").order_by("name", "pk")}


def _find(request: DeskRequest, upload_id: str) -> Upload:
    rows = request.workspace.uploads.select_related("store", "workspace")
    row: Upload = get_object_or_404(rows, pk=upload_id)
    return row


def _wants_map(request: DeskRequest, row: Upload) -> bool:
    return row.status == Status.CHECKED and "map" in request.GET


def _work_if_small(row: Upload) -> None:
    """A small file is read at once; a worker does it with a large one."""
    if row.row_count <= AT_ONCE:
        load_upload(row.pk, clock=clock.now)


def _map_page(
    request: DeskRequest,
    row: Upload,
    *,
    form: MapForm | None = None,
    refused: Rejected | None = None,
) -> HttpResponse:
    chosen = request.GET.get("use", "")
    context: dict[str, Any] = {"upload": row, "refused": refused, "chosen": chosen}
    if form is None:
        try:
            given = take_map(row, chosen) if chosen else row.value
            form = MapForm(columns_of(row), given, request.POST or None)
        except Rejected as error:
            context["refused"] = refused or error
    if form is not None:
        _disclose(request, row, now=clock.now())
    names = request.workspace.column_maps.order_by("name").values_list("name", flat=True)
    context |= {"form": form, "maps": list(names), "built_in": list(built_in_maps())}
    return render(request, "web/uploads/map.html", context)


def _page(request: DeskRequest, row: Upload) -> HttpResponse:
    shown = row.has_file and not row.is_at_work
    samples = samples_of(row) if shown and row.status == Status.CHECKED else ()
    if samples:
        _disclose(request, row, now=clock.now())
    context: dict[str, Any] = {
        "upload": row,
        "samples": samples,
        "refused_rows": [],
        "to_import": row.new_count + row.changed_count,
    }
    if shown and row.refused_count:
        context["refused_rows"] = refused_lines(row)[:REFUSED_SHOWN]
    if row.status == Status.CHECKED and not row.has_file:
        messages.warning(request, gettext("The file is not kept any more. Upload it again."))
    return render(request, "web/uploads/upload.html", context)


def _disclose(request: DeskRequest, row: Upload, *, now: datetime) -> None:
    """The file's own values are shown: its sample values, its first orders, its refused rows."""
    record_disclosure(
        row.workspace_id,
        [row.pk],
        ("recipient",),
        actor=request.user.pk,
        reason="file",
        now=now,
    )
