"""A carrier's invoice: matched by tracking number, booked once, and every cent explained."""

from datetime import timedelta
from decimal import Decimal

import pytest

from packbench.carriers.base import Prepared
from packbench.carriers.models import CarrierAccount
from packbench.events.models import Event
from packbench.lib.errors import Rejected
from packbench.lib.money import Money
from packbench.shipments.buying import buy_label
from packbench.shipments.invoice_file import Columns, Meaning, guess, refused_file
from packbench.shipments.invoicing import Wanted, import_invoice, remembered_columns
from packbench.shipments.models import Charge, InvoiceLine, Label, ReturnLabel, Shipment
from packbench.shipments.planning import plan_shipment
from packbench.shipments.spending import charge
from packbench.shipments.voiding import void_label
from tests.making import NOW, make_means, make_order, make_store
from tests.shipments.faking import FakeCarrier

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)
HEAD = "Invoice Number,Tracking Number,Net Amount,Currency,Receiver\n"


class Priced(FakeCarrier):
    def prepare(self, request):
        return Prepared(cost=Money(Decimal("5.00"), "EUR"))


@pytest.fixture
def carrier():
    return Priced()


@pytest.fixture
def shipments(carrier):
    store = make_store()
    made = []
    for number in range(3):
        order = make_order(store, external_id=f"402-000000{number}-0000001")
        means = make_means(order.workspace)
        shipment = plan_shipment(order, means, batch=None, actor="test", now=NOW)
        buy_label(fresh(shipment), carrier, now=NOW)
        made.append(fresh(shipment))
    return made


@pytest.fixture
def account(shipments):
    return CarrierAccount.objects.get()


def fresh(shipment):
    return Shipment.objects.with_order().get(pk=shipment.pk)


def imported(account, *rows, meaning=Meaning.TOTAL, head=HEAD, **wanted):
    content = (head + "\n".join(rows) + "\n").encode()
    return import_invoice(
        account, content, Wanted(meaning=meaning, **wanted), actor="test", now=LATER
    )


def adjusted():
    rows = Charge.objects.filter(kind="adjusted").order_by("pk")
    return [(row.label.tracking_number, row.amount) for row in rows]


def test_what_was_billed_beyond_what_was_paid_is_booked_to_its_label(account):
    done = imported(
        account, "R1,TRACK1,5.00,EUR,Ann", "R1,TRACK2,6.40,EUR,Bob", "R1,track-3,4.10,EUR,Cy"
    )

    assert adjusted() == [("TRACK2", Decimal("1.40")), ("TRACK3", Decimal("-0.90"))]
    assert (done.matched, done.adjusted, done.sums) == (3, 2, {"EUR": Decimal("0.50")})
    assert done.unmatched == {}
    assert Event.objects.get(name="invoice.imported").data["count"] == 3


def test_a_file_that_comes_again_books_nothing_more_in_whatever_order(account):
    rows = ["R1,TRACK1,6.00,EUR,Ann", "R1,TRACK2,5.00,EUR,Bob", "R1,TRACK1,0.50,EUR,Ann"]
    imported(account, *rows)

    again = imported(account, *reversed(rows))

    assert (again.matched, again.known, again.adjusted) == (0, 3, 0)
    assert adjusted() == [("TRACK1", Decimal("1.50"))]


def test_rows_that_say_the_same_twice_are_two(account):
    rows = ["R1,TRACK1,5.00,EUR,Ann", "R1,TRACK1,0.30,EUR,Ann", "R1,TRACK1,0.30,EUR,Ann"]

    imported(account, *rows)
    imported(account, *rows)

    assert adjusted() == [("TRACK1", Decimal("0.60"))]


def test_a_later_invoice_adds_to_the_first(account):
    imported(account, "R1,TRACK1,5.00,EUR,Ann")
    imported(account, "R2,TRACK1,3.20,EUR,Ann")

    assert adjusted() == [("TRACK1", Decimal("3.20"))]
    assert Label.objects.get(tracking_number="TRACK1").cost.amount == 5


def test_amounts_may_be_only_what_is_added(account):
    imported(account, "R1,TRACK1,3.20,EUR,Ann", meaning=Meaning.ADDED)

    assert adjusted() == [("TRACK1", Decimal("3.20"))]


def test_a_voided_label_that_was_billed_all_the_same_is_seen(account, shipments, carrier):
    carrier.void = lambda label_id: None
    void_label(shipments[0], carrier, actor="test", now=NOW)

    imported(account, "R1,TRACK1,5.00,EUR,Ann")

    assert adjusted() == [("TRACK1", Decimal("5.00"))]


def test_a_return_label_is_billed_like_any_other(account, shipments):
    ReturnLabel.objects.create(
        workspace=account.workspace,
        shipment=shipments[0],
        carrier_account=account,
        status="made",
        tracking_number="BACK-1",
        cost_amount=Decimal("4.00"),
        cost_currency="EUR",
        created_by="test",
        created_at=NOW,
        made_at=NOW,
    )
    row = ReturnLabel.objects.get()
    charge(row, account, Charge.Kind.BOUGHT, Money(Decimal("4.00"), "EUR"), now=NOW)

    done = imported(account, "R1,back1,4.75,EUR,Ann", "R1,TRACK2,5.00,EUR,Bob")
    again = imported(account, "R1,back1,4.75,EUR,Ann")

    assert (done.matched, done.sums, again.matched) == (2, {"EUR": Decimal("0.75")}, 0)
    booked = Charge.objects.get(kind="adjusted")
    assert (booked.return_label, booked.label, booked.amount) == (row, None, Decimal("0.75"))


def test_rows_without_a_label_come_back_with_their_reasons(account):
    other = CarrierAccount.objects.create(
        workspace=account.workspace, carrier="local", name="Van", created_at=NOW
    )
    Shipment.objects.filter(tracking_number="TRACK3").update(carrier_account=other)
    rows = ["R1,NOPE,5.00,EUR,Ann", "R1,,5.00,EUR,Ann", "R1,TRACK1,free,EUR,Ann",
            "R1,TRACK2,5.00,USD,Ann", "R1,TRACK3,5.00,EUR,Ann", "R1,TRACK1,5,??,Ann"]  # fmt: skip

    done = imported(account, *rows)

    said = {line: str(why) for line, why in done.unmatched.items()}
    assert said == {
        2: "No label here has this tracking number.",
        3: "The row has no tracking number.",
        4: "“Net Amount” holds no amount.",
        5: "The label was paid in EUR, and the row is in USD.",
        6: "The label was bought with Van.",
        7: "“Currency” holds no currency of three letters.",
    }
    file = refused_file((HEAD + "\n".join(rows)).encode(), said).decode("utf-8-sig")
    assert file.splitlines()[1] == ("R1,NOPE,5.00,EUR,Ann,No label here has this tracking number.")
    assert not InvoiceLine.objects.exists()


def test_of_the_receivers_nothing_is_kept(account):
    imported(account, "R1,TRACK1,6.00,EUR,Quexwold", "R1,NOPE,6.00,EUR,Quexwold")

    kept = [*InvoiceLine.objects.values(), *Charge.objects.values(), *Event.objects.values()]
    assert "Quexwold" not in str(kept)


@pytest.mark.parametrize(
    ("head", "columns"),
    [
        ("Invoice Number;Tracking Number;Net Amount;Invoice Currency Code", "UPS"),
        ("Invoice Number,Express or Ground Tracking ID,Net Charge Amount,Currency", "FedEx"),
        ("Rechnungsnummer;Sendungsnummer;Nettobetrag;Währung", "DHL"),
        ("invoice_id,tracking_code,amount,currency", "EasyPost"),
        ("N° facture;N° de suivi;Montant HT;Devise", "Colissimo"),
        ("Numero fattura;LDV;Importo netto;Valuta", "BRT"),
    ],
)
def test_columns_are_found_by_the_names_that_carriers_give_them(head, columns):
    header = head.replace(";", ",").split(",")

    assert guess(header) == Columns(
        invoice=header[0], tracking=header[1], amount=header[2], currency=header[3]
    )


def test_other_columns_are_chosen_once_and_remembered(account):
    head, row = "Ref;Cost\n", "TRACK1;6,00"
    with pytest.raises(Rejected, match="It has: Ref, Cost"):
        imported(account, row, head=head, invoice="R1", currency="EUR")
    chosen = Columns(tracking="ref", amount="cost")
    with pytest.raises(Rejected, match="number of the invoice"):
        imported(account, row, head=head, columns=chosen, currency="EUR")

    imported(account, row, head=head, columns=chosen, invoice="R1", currency="EUR")
    account.refresh_from_db()
    again = imported(account, row, head=head, invoice="R1", currency="EUR")

    assert adjusted() == [("TRACK1", Decimal("1.00"))]
    assert again.known == 1
    assert remembered_columns(account) == chosen
