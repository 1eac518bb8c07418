"""Customers: the list, one of them, finding one, and the file of those whom nobody masks."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from packbench.customers.keeping import find_customer
from packbench.lib import clock
from packbench.orders.disclosing import export_customers
from packbench.web.customer_list import customer_context, customers_context
from packbench.web.doors import DeskRequest, member_page, owner_page, shipper_page
from packbench.web.views.answering import answer
from packbench.web.views.serving import private_file


@never_cache
@require_GET
@member_page
def customers(request: DeskRequest) -> HttpResponse:
    after = request.GET.get("after", "")
    context = customers_context(request.workspace, request.member, after, now=clock.now())
    return render(request, "web/customers/list.html", context | {"after": after})


@never_cache
@require_GET
@member_page
def customer(request: DeskRequest, customer_id: str) -> HttpResponse:
    rows = request.workspace.customers.select_related("workspace")
    row = get_object_or_404(rows, pk=customer_id)
    context = customer_context(row, request.member, now=clock.now())
    return render(request, "web/customers/customer.html", context)


@require_POST
@shipper_page
def find(request: DeskRequest) -> HttpResponse:
    """Go to the customer of an e-mail address; it stays out of the address of the page."""
    found = find_customer(request.workspace, request.POST.get("email", "")[:254])
    if found is None:
        text = gettext("Nobody here has this e-mail address.")
        return answer(request, text, back="customers", kind="warning")
    return redirect("customer", found.pk)


@require_POST
@owner_page
def export(request: DeskRequest) -> HttpResponse:
    """The customers that may be written to: never Amazon's."""
    file = export_customers(request.workspace, actor=request.user.pk, now=clock.now())
    response = private_file(file, "text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="customers.csv"'
    return response
