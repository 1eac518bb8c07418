"""What every page shows around itself."""

from typing import Any

from django.http import HttpRequest

from packbench.channels.models import SellerAccount, Store


def desk(request: HttpRequest) -> dict[str, Any]:
    """The workspace, its stores, and what the owner must be told now."""
    workspace = getattr(request, "workspace", None)
    if workspace is None:
        return {"workspace": None}
    accounts = SellerAccount.objects.filter(workspace=workspace)
    return {
        "workspace": workspace,
        "member": request.member,  # type: ignore[attr-defined]
        "stores": Store.objects.filter(workspace=workspace).order_by("name"),
        "accounts_to_renew": accounts.exclude(status=SellerAccount.Status.ACTIVE),
    }
