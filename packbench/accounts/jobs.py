"""Jobs that send e-mails to members."""

from packbench.accounts.mailing import due_mails, send_mail, settle_mails
from packbench.accounts.models import Mail
from packbench.jobs import defer_once, every, task
from packbench.lib import clock
from packbench.lib.errors import RemoteError

MOST_IN_A_SWEEP = 200


@task("accounts.send_mail")
def send(mail_id: str) -> None:
    mail = Mail.objects.filter(pk=mail_id).first()
    if mail is None:
        return  # its workspace or person is gone
    try:
        send_mail(mail, clock=clock.now)
    except RemoteError:
        return  # its row says what happened; the sweep sees to the rest


@every("* * * * * */30")
@task("accounts.sweep")
def sweep(timestamp: int) -> None:
    """Find e-mails that wait, and what a dead worker left."""
    now = clock.now()
    settle_mails(now=now)
    for mail_id in due_mails(now=now).values_list("pk", flat=True)[:MOST_IN_A_SWEEP]:
        defer_once("accounts.send_mail", mail_id=mail_id)
