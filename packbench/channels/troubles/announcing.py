"""Troubles of the seller's own queue, into which Amazon announces changes of orders."""

from packbench.channels.troubles.base import WAIT, Action, Level, Step, Trouble
from packbench.lib.sentences import marked as _

POLLS = Step(_("Orders come in all the same, with the imports every four minutes."))
SAVE_AGAIN = Step(_("Save it again on the account's page."))

TROUBLES = (
    Trouble(
        "not_a_queue",
        _("This is not the address of a queue"),
        _("An SQS queue has an address at sqs.….amazonaws.com with a number and a name."),
        (Step(_("Copy the URL from the queue's page in the AWS console.")),),
        words=("SQS", "queue URL"),
        seed="SEED-30",
    ),
    Trouble(
        "no_queue",
        _("AWS knows no such queue"),
        _("The queue was deleted, or it is in another region or another AWS account."),
        (Step(_("Copy the URL from the queue's page in the AWS console.")), SAVE_AGAIN, POLLS),
        amazon=("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
        words=("SQS",),
        seed="SEED-30",
    ),
    Trouble(
        "queue_key_refused",
        _("AWS does not accept the access key"),
        _(
            "The key was mistyped, deleted or deactivated, or it may not read this queue. AWS "
            "also refuses where the clock of this machine is wrong."
        ),
        (
            Step(_("Give it sqs:ReceiveMessage and sqs:DeleteMessage on the queue, in IAM.")),
            SAVE_AGAIN,
            POLLS,
        ),
        amazon=("InvalidSignatureException", "UnrecognizedClientException"),
        words=("IAM", "access key", "SQS"),
        seed="SEED-30",
    ),
    Trouble(
        "other_queue",
        _("Changes are announced to another queue"),
        _(
            "Amazon announces the changes of an account to one queue for each application, and "
            "this one has another already."
        ),
        (Step(_("Enter that queue, or remove the other program's subscription.")), POLLS),
        amazon=("Conflict",),
        words=("subscription", "destination"),
        seed="SEED-30",
    ),
    Trouble(
        "queue_busy",
        _("The queue does not answer"),
        _("AWS failed, or asks for a pause. The messages stay in the queue."),
        (WAIT, POLLS),
        words=("SQS",),
        seed="SEED-30",
        level=Level.WARN,
    ),
    Trouble(
        "queue_refused",
        _("AWS refused, for a reason of its own"),
        _("Packbench does not know this refusal of the queue yet."),
        (SAVE_AGAIN, Step(_("Test the connection."), Action.TEST), POLLS),
        words=("SQS",),
        is_unknown=True,
    ),
)
