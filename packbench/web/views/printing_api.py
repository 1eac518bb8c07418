"""The API of print agents: one call, in which an agent tells what it did and gets the next job."""

import base64

import msgspec
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from packbench.accounts.models import ApiKey
from packbench.labels.serving import Ended, Turn, take_turn
from packbench.lib import clock
from packbench.web.api_door import ApiRequest, answer, api_page, problem

MOST = 200


class SaidPrinter(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    problem: str = ""


class SaidEnd(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    outcome: str
    problem: str = ""
    begun: bool = False


class SaidTurn(msgspec.Struct, forbid_unknown_fields=True):
    """What an agent sends."""

    agent: str
    journal: str
    printers: list[SaidPrinter] = []
    ended: list[SaidEnd] = []
    wants_more: bool = True


@require_POST
@api_page(ApiKey.Scope.PRINT)
def turn(request: ApiRequest) -> HttpResponse:
    """Take what the agent says, and hand it its next job, whole."""
    try:
        said = msgspec.json.decode(request.body, type=SaidTurn)
    except msgspec.DecodeError as error:
        return problem(400, "Bad request", str(error))
    if reason := _mistake(said):
        return problem(400, "Bad request", reason)
    done = take_turn(request.workspace, _turn(said), now=clock.now())
    job = done.handed
    return answer(
        {
            "acknowledged": done.acknowledged,
            "job": job
            and {
                "id": job.job.pk,
                "printer": job.printer,
                "format": job.format,
                "content": base64.b64encode(job.content).decode("ascii"),
            },
        }
    )


def _turn(said: SaidTurn) -> Turn:
    return Turn(
        agent=said.agent,
        journal=said.journal,
        printers=tuple((each.name, each.problem) for each in said.printers),
        ended=tuple(Ended(each.id, each.outcome, each.problem, each.begun) for each in said.ended),
        wants_more=said.wants_more,
    )


def _mistake(said: SaidTurn) -> str:
    """What is wrong with it, or nothing."""
    words = [said.agent, said.journal, *(each.name for each in said.printers)]
    words += [each.id for each in said.ended]
    if any(not word or "\0" in word for word in words):
        return "Names and ids must not be empty."
    if len(said.agent) > 60 or len(said.journal) > 40 or any(len(word) > 100 for word in words):
        return "A name is too long: 60 characters for the agent, 100 for a printer."
    if len(said.printers) > MOST or len(said.ended) > MOST:
        return f"At most {MOST} printers and {MOST} jobs in one turn."
    return ""
