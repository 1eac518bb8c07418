"""Coming back from Seller Central: connected, or a page that says why not and what to do."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from packbench.channels.authorizing import Answer, Visitor, country_of, finish
from packbench.channels.locating import OtherRegion
from packbench.channels.models import SellerAccount, Store, sentence_json
from packbench.channels.ticking import add_missing_stores, without_store
from packbench.lib import clock
from packbench.lib.errors import RemoteError
from packbench.lib.marketplaces import by_id
from packbench.lib.sentences import marked
from packbench.web.doors import DeskRequest, owner_page

SELLER_ID = re.compile(r"A[A-Z0-9]{7,19}")
CODE = re.compile(r"[\x21-\x7e]{1,2000}")
ERROR = re.compile(r"[A-Za-z0-9_]{1,40}")
REFUSAL = "consent_refusal"  # in the session: what the page below shows
SIGNED_OUT = marked(
    "Amazon's answer came while you were signed out here, so it was thrown away unread. Begin "
    "again; Amazon remembers that you agreed."
)
NOTHING_HERE = marked("No consent is on its way. Begin from Connect.")
SAVED_ALL_THE_SAME = ("not_participating", "name_taken")


@require_GET
def connect_callback(request: DeskRequest) -> HttpResponse:
    """Where Amazon sends the seller back to. It answers with a redirect, whatever happened:

    the code stays in no address bar, no history and no page that could tell it on.
    """
    if not request.user.is_authenticated:
        failed = reverse("connect_failed") + "?signed_out=1"
        return without_referrer(redirect_to_login(failed))
    if request.member is None or not request.member.can_manage:
        return without_referrer(redirect("connect_failed"))
    return without_referrer(_finished(request))


@owner_page
def connect_failed(request: DeskRequest) -> HttpResponse:
    """Why nothing was connected, what to do now, and the button for it."""
    refusal = request.session.get(REFUSAL) or _nothing(request)
    context = {
        "refused": refusal,
        "code": refusal.get("code", ""),
        "country": refusal.get("country", ""),
        "account": _account(request, refusal.get("account_id", "")),
        "workspace": None,  # without the desk around it: nothing there may be sent from here
    }
    return without_referrer(render(request, "web/connect/failed.html", context))


def visitor_of(request: DeskRequest) -> Visitor:
    return Visitor(request.user.pk, request.session.session_key or "", request.workspace.pk)


def without_referrer(answer: HttpResponse) -> HttpResponse:
    """Let no address of ours be told on, and keep no copy (`spapi.md` §2.2)."""
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer


def _finished(request: DeskRequest) -> HttpResponse:
    answer, now = _answer(request), clock.now()
    wants_all = request.session.pop("connect_all", False)
    try:
        store = finish(answer, visitor_of(request), now=now)
        account = _account(request, store.account_id)
        added = _all_the_others(request, account) if account and wants_all else []
    except RemoteError as error:
        request.session[REFUSAL] = _refusal(request, answer, error)
        return redirect("connect_failed")
    request.session.pop(REFUSAL, None)
    if added:
        return redirect("connected", store.account_id)
    return _to_store(request, store, is_new=store.created_at == now)


def _to_store(request: DeskRequest, store: Store, *, is_new: bool) -> HttpResponse:
    address = reverse("store", args=[store.pk])
    if is_new:
        return redirect(address + "?connected=1")
    market = by_id(store.marketplace_id).name
    said = gettext("The authorization was renewed. Its store for %(market)s was here already.")
    messages.success(request, said % {"market": market})
    return redirect(address)


def _all_the_others(request: DeskRequest, account: SellerAccount) -> list[Store]:
    missing = without_store(account)
    return add_missing_stores(account, missing, actor=request.user.pk, now=clock.now())


def _answer(request: HttpRequest) -> Answer:
    given = request.GET
    return Answer(
        state=given.get("state", ""),
        seller_id=_fitting(SELLER_ID, given.get("selling_partner_id", "")),
        code=_fitting(CODE, given.get("spapi_oauth_code", "")),
        error=_fitting(ERROR, given.get("error", "")),
    )


def _fitting(shape: re.Pattern[str], text: str) -> str:
    return text if shape.fullmatch(text) else ""


def _refusal(request: DeskRequest, answer: Answer, error: RemoteError) -> dict[str, Any]:
    """What the page of the refusal needs; nothing of Amazon's answer but the country."""
    country = country_of(answer.state, visitor_of(request))
    account = _account_saved(request, answer, error)
    return {
        **sentence_json(error),
        "country": error.country if isinstance(error, OtherRegion) else country,
        "account_id": account.pk if account else "",
    }


def _account_saved(
    request: DeskRequest, answer: Answer, error: RemoteError
) -> SellerAccount | None:
    """The account, where Amazon accepted it and only its first store could not be made."""
    if error.code not in SAVED_ALL_THE_SAME:
        return None
    accounts = request.workspace.seller_accounts.filter(seller_id=answer.seller_id)
    return accounts.order_by("-authorized_at").first()


def _account(request: DeskRequest, account_id: str | None) -> SellerAccount | None:
    return request.workspace.seller_accounts.filter(pk=account_id or "").first()


def _nothing(request: DeskRequest) -> dict[str, Any]:
    text = SIGNED_OUT if request.GET.get("signed_out") else NOTHING_HERE
    code = "signed_out" if request.GET.get("signed_out") else "nothing_under_way"
    return {"text": text, "code": code}
