"""Which orders an action is about: those whose boxes are ticked, or all that match."""

from django.http import QueryDict

from packbench.lib import clock
from packbench.orders.searching import kept_text
from packbench.web import grid
from packbench.web.choosing import Choice
from packbench.web.context import stores_of
from packbench.web.doors import DeskRequest

AT_ONCE = 200  # orders that an action is done to while one waits; more are a job's
MATCHING = "matching"  # in its place stands the address of the list


def asked_for(request: DeskRequest, choice: Choice) -> grid.Asked:
    """What the member asks the grid for, with what they typed."""
    now = clock.now()
    text = choice.q or (kept_text(request.workspace, choice.s, now=now) if choice.s else "")
    return grid.Asked(
        request.workspace,
        choice,
        stores_of(request),
        now,
        text=text,
        may_see_buyers=bool(choice.s) and request.member.can_see_buyers,
    )


def selected_ids(request: DeskRequest) -> list[str]:
    """The ids of the orders that an action is about, in the order of the page.

    Of all that match, no more than grid.MOST_MATCHING.
    """
    if MATCHING not in request.POST:
        return sent_ids(request)
    choice = Choice.read(QueryDict(request.POST[MATCHING]))
    return grid.matching_ids(asked_for(request, choice))[: grid.MOST_MATCHING]


def sent_ids(request: DeskRequest) -> list[str]:
    """The ids that were sent, each once; what the database cannot hold is none."""
    sent = request.POST.getlist("order")
    return list(dict.fromkeys(order_id for order_id in sent if "\0" not in order_id))
