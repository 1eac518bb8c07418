"""A carrier and a channel that we can see into and make fail."""

from packbench.carriers.base import BoughtLabel, LabelFile, Limits, Prepared, RetryClass, Service
from packbench.channels.base import Receipt
from packbench.lib.errors import OutcomeUnknown

PDF = b"%PDF-1.4 not a real one"


class FakeCarrier:
    """Sells a new label at every call; its ledger is the judge."""

    features = frozenset()
    retry_class = RetryClass.SEARCHABLE
    quarantine_s = 10.0
    limits = Limits(weight_g=30_000)
    formats = ("pdf",)

    def __init__(self, retry_class=RetryClass.SEARCHABLE):
        self.retry_class = retry_class
        self.sold = []
        self.lose_next_answer = False
        self.fail_next = None

    def services(self):
        return (Service(code="standard", name="Standard", channel_code="DHL"),)

    def prepare(self, request):
        return Prepared()

    def buy(self, request):
        if self.fail_next:
            error, self.fail_next = self.fail_next, None
            raise error
        if self.retry_class is RetryClass.KEYED and (known := self._known(request)):
            return known
        self.sold.append(request.reference)
        if self.lose_next_answer:
            self.lose_next_answer = False
            raise OutcomeUnknown("The answer got lost.", code="answer_lost")
        return self._label(request, len(self.sold))

    def find(self, request):
        return None if self.retry_class is RetryClass.BLIND else self._known(request)

    def _known(self, request):
        if request.reference not in self.sold:
            return None
        return self._label(request, self.sold.index(request.reference) + 1)

    def void(self, carrier_label_id):
        self.sold.pop(int(carrier_label_id) - 1)

    def _label(self, request, number):
        return BoughtLabel(
            carrier_label_id=str(number),
            tracking_number=f"TRACK{number}",
            cost=None,
            files=(LabelFile("pdf", request.label_size, PDF),),
        )


class FakeChannel:
    """Takes confirmations and shows them as packages."""

    def __init__(self):
        self.confirmed = []
        self.fail_next = None

    def confirm(self, confirmation):
        if self.fail_next:
            error, self.fail_next = self.fail_next, None
            raise error
        self.confirmed.append(confirmation)
        return Receipt("request-1")
