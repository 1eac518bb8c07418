"""The compliance card: which number each country asks for, and what is missing."""

from datetime import date, timedelta

import pytest

from packbench.accounts.models import Mail
from packbench.channels.complying import gaps_of, remind_of_numbers
from packbench.channels.models import ComplianceNumber, Reminder, SoldCategory
from packbench.events.models import Event
from packbench.lib import clock
from packbench.lib.epr import CATEGORIES, FACTS, NOTES
from packbench.lib.marketplaces import MARKETPLACES, by_country
from packbench.orders.classifying import LOOKED_BACK, classify_all, note_sold_categories
from packbench.products.categorizing import categories_of
from packbench.products.models import Product
from tests.making import DE, ES, FR, NOW, US, make_account, make_item, make_order, make_store
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db

EUROPE = [market.id for market in MARKETPLACES if market.region == "eu"]
RULES = [(each.country, rule) for each in FACTS.countries for rule in each.rules]
LUCID = "DE1234567890123"
FACT_NAMES = {"need", "format", "since", "lead", "pay_on_behalf"}


@pytest.fixture
def account(workspace):
    return make_account(workspace, marketplace_ids=EUROPE)


def store_in(account, country):
    market = by_country(country)
    return make_store(account, market.id, f"Amazon {market.shown_country}")


@pytest.fixture
def german(account):
    return store_in(account, "DE")


def save(browser, country, category, **form):
    return browser.post(f"/stores/compliance/{country}/{category}", form, follow=True)


def page_of(browser):
    return text_of(browser.get("/stores/compliance"))


def row_of(page, country, category):
    """The part of the page about one category in one country."""
    begin = page.index(f'id="{country}-{category}"')
    return page[begin : page.index("</details>", begin)]


# The facts.


@pytest.mark.parametrize("facts", FACTS.countries, ids=lambda facts: facts.country)
def test_each_rule_is_shown_with_its_register_number_links_and_takes_its_example(
    owner, account, facts
):
    store_in(account, facts.country)
    page = page_of(owner)

    for rule in facts.rules:
        row = row_of(page, facts.country, rule.category)
        assert CATEGORIES[rule.category] in row
        assert rule.register in row
        assert f"Such as {rule.example}" in row
        assert all(link.url in row for link in rule.links)
        assert ("Number missing" in row) == rule.is_always
        assert ("Amazon pays on my behalf" in row) == rule.can_pay_on_behalf

        save(owner, facts.country, rule.category, number=f" {rule.example.lower()} ")
        saved = ComplianceNumber.objects.get(category=rule.category)
        assert saved.number == rule.example.upper().replace(" ", "")
    page = page_of(owner)
    assert all("Registered" in row_of(page, facts.country, rule.category) for rule in facts.rules)


@pytest.mark.parametrize("facts", FACTS.countries, ids=lambda facts: facts.country)
def test_a_number_that_does_not_fit_is_refused_with_one_that_does(owner, account, facts):
    store_in(account, facts.country)

    for rule in facts.rules:
        page = text_of(save(owner, facts.country, rule.category, number="?"))
        said = f"“?” does not fit: {rule.number} looks like {rule.example}."
        assert said in row_of(page, facts.country, rule.category)
    assert not ComplianceNumber.objects.exists()


def test_the_facts_have_a_day_sources_and_known_words():
    used = {rule.note for _, rule in RULES if rule.note}

    assert date(2026, 1, 1) < FACTS.as_of <= clock.now().date() + timedelta(days=1)
    assert len(FACTS.sources) > 5
    assert {rule.category for _, rule in RULES} <= set(CATEGORIES)
    assert used == set(NOTES)
    assert {each.country for each in FACTS.countries} <= {m.country for m in MARKETPLACES}
    assert all({*rule.confirmed} <= FACT_NAMES for _, rule in RULES)


def test_germany_names_lucid_and_the_stiftung_ear_with_its_ten_weeks(owner, german):
    page = page_of(owner)

    assert "EPR WEEE Educational" in page
    assert "https://www.stiftung-ear.de" in page
    assert "more than 10 weeks" in row_of(page, "DE", "weee")
    assert "LUCID" in row_of(page, "DE", "packaging")
    assert "as of" in page


@pytest.mark.parametrize("given", ["WEEE-Reg.-Nr. DE 12345678", "de12345678", "ＤＥ12345678"])
def test_a_number_is_taken_however_it_is_written(owner, german, given):
    save(owner, "DE", "weee", number=given)

    assert ComplianceNumber.objects.get().number == "DE12345678"


@pytest.mark.parametrize("given", ["DE1234567", "DE123456789", "FR12345678", "x" * 101, "\0"])
def test_a_number_of_another_length_or_country_is_not(owner, german, given):
    answer = save(owner, "DE", "weee", number=given)

    assert answer.status_code == 200
    assert not ComplianceNumber.objects.exists()


# What is missing.


def test_packaging_is_needed_wherever_the_law_says_always(owner, german):
    assert "Number missing" in row_of(page_of(owner), "DE", "packaging")

    page = text_of(save(owner, "DE", "packaging", number=LUCID))

    assert "Registered" in row_of(page, "DE", "packaging")
    assert "Nothing missing" in page
    assert Event.objects.filter(name="compliance.changed").get().data == {
        "country": "DE",
        "category": "packaging",
    }


def test_what_products_show_or_a_person_says_decides_what_is_needed(owner, german):
    row = row_of(page_of(owner), "DE", "weee")
    assert "Does this apply to you?" in row
    assert "Number missing" not in row

    row = row_of(text_of(save(owner, "DE", "weee", is_sold="yes")), "DE", "weee")
    assert "Number missing" in row

    SoldCategory.objects.create(
        workspace=german.workspace, country="DE", category="weee", is_sold=True, seen_at=NOW
    )
    row = row_of(text_of(save(owner, "DE", "weee", is_sold="no")), "DE", "weee")
    assert "Does not apply" in row

    row = row_of(text_of(save(owner, "DE", "weee", is_sold="")), "DE", "weee")
    assert "Number missing" in row
    assert "the orders of the last 90 days hold such products" in row


def test_nobody_can_say_that_no_packaging_is_used(owner, german):
    save(owner, "DE", "packaging", is_sold="no")

    assert "Number missing" in row_of(page_of(owner), "DE", "packaging")


def test_in_france_amazon_may_pay_instead(owner, account):
    store_in(account, "FR")

    page = text_of(save(owner, "FR", "packaging", is_paid_on_behalf="on"))

    assert "Amazon pays on your behalf" in row_of(page, "FR", "packaging")
    assert "Number missing" not in row_of(page, "FR", "packaging")
    both = save(owner, "FR", "packaging", is_paid_on_behalf="on", number="FR123456_01ABCD")
    assert "one of the two" in text_of(both)


def test_in_germany_it_may_not(owner, german):
    save(owner, "DE", "packaging", is_paid_on_behalf="on")

    assert not ComplianceNumber.objects.exists()


def test_an_emptied_number_is_taken_away(owner, german):
    save(owner, "DE", "packaging", number=LUCID)

    save(owner, "DE", "packaging", number="")

    assert not ComplianceNumber.objects.exists()


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, "Expired"), (0, "Expires soon"), (60, "Expires soon"), (61, "Registered")],
)
def test_a_number_has_a_last_day(owner, german, days, state):
    day = clock.now().date() + timedelta(days=days)

    page = text_of(save(owner, "DE", "packaging", number=LUCID, expires_on=day.isoformat()))

    assert state in row_of(page, "DE", "packaging")


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"expires_on": "2030-01-01"}, "Enter the number that expires on this day"),
        ({"number": LUCID, "expires_on": "1999-12-31"}, "Enter a year from 2000 on."),
        ({"number": LUCID, "expires_on": "soon"}, "Enter a valid date."),
    ],
)
def test_a_day_that_cannot_be_is_refused(owner, german, form, says):
    assert says in text_of(save(owner, "DE", "packaging", **form))
    assert not ComplianceNumber.objects.exists()


# Who sees it, and where.


@pytest.mark.parametrize("url", ["/stores", "/stores/{store}"])
def test_stores_warn_of_what_is_missing(owner, viewer, german, url):
    url = url.format(store=german.pk)
    assert "Germany</a>: Packaging (Number missing)" in text_of(viewer.get(url))

    save(owner, "DE", "packaging", number=LUCID)

    assert "Number missing" not in text_of(viewer.get(url))
    assert "/stores/compliance" in text_of(viewer.get(url))


def test_a_store_warns_of_its_own_country_only(viewer, account, german):
    store = store_in(account, "IE")  # packaging there is needed above a threshold alone

    assert "Number missing" not in text_of(viewer.get(f"/stores/{store.pk}"))


def test_a_country_without_a_rule_says_so(owner, workspace):
    make_store(make_account(workspace, "na", marketplace_ids=(US,)), US, "Amazon US")

    assert "No rule is known here" in page_of(owner)
    assert "Number missing" not in text_of(owner.get("/stores"))


def test_without_a_store_there_is_nothing_to_say(owner):
    assert "Each country in which you have a store" in page_of(owner)


def test_only_owners_change_it_and_only_in_their_workspace(owner, packer, stranger, german):
    save(owner, "DE", "packaging", number=LUCID)

    assert save(packer, "DE", "packaging", number="").status_code == 403
    save(stranger, "DE", "packaging", number="DE9999999999999")

    assert LUCID in page_of(packer)
    assert LUCID not in page_of(stranger)
    assert ComplianceNumber.objects.get(workspace=german.workspace).number == LUCID


@pytest.mark.parametrize("where", ["XX/packaging", "DE/tyres", "DE/%00", "de/packaging"])
def test_what_no_rule_knows_is_not_found(owner, german, where):
    assert owner.post(f"/stores/compliance/{where}", {"number": "1"}).status_code == 404


# What the products show.


def typed(store, product_type, number=1, **order):
    sku = f"SKU-{number}"
    make_order(
        store,
        external_id=f"402-0000001-000000{number}",
        items=(make_item(sku=sku),),
        **{"created_at": clock.now(), **order},
    )
    Product.objects.filter(sku=sku).update(product_type=product_type)


def test_a_store_that_sells_headphones_needs_a_weee_number_there_alone(owner, account, german):
    french = store_in(account, "FR")
    typed(german, "HEADPHONES")
    typed(french, "SHIRT", 2)

    classify_all(now=clock.now())

    page = page_of(owner)
    assert "Number missing" in row_of(page, "DE", "weee")
    assert "Number missing" in row_of(page, "FR", "textiles")
    assert "Number missing" not in row_of(page, "FR", "weee")
    stores = text_of(owner.get("/stores"))
    assert "Electrical and electronic equipment (WEEE) (Number missing)" in stores


def test_shirts_need_no_number_in_germany(owner, german):
    typed(german, "SHIRT")

    assert note_sold_categories(german.workspace, now=clock.now()) == set()


def test_old_orders_and_other_workspaces_products_do_not_count(german):
    typed(german, "HEADPHONES", created_at=clock.now() - LOOKED_BACK - timedelta(days=1))
    typed(make_store(make_account(seller_id="A3OTHER"), DE, "Other DE"), "HEADPHONES", 2)

    assert note_sold_categories(german.workspace, now=clock.now()) == set()


def test_classifying_again_changes_nothing_and_a_persons_word_stays(owner, german):
    typed(german, "POWER_BANK")
    save(owner, "DE", "batteries", is_sold="no")

    for _ in range(2):
        note_sold_categories(german.workspace, now=clock.now())

    assert SoldCategory.objects.filter(is_said=False).count() == 2
    assert "Does not apply" in row_of(page_of(owner), "DE", "batteries")


@pytest.mark.parametrize(
    ("product_type", "categories"),
    [
        ("HEADPHONES", {"weee"}),
        ("CELLULAR_PHONE", {"weee", "batteries"}),
        ("CELLULAR_PHONE_CASE", set()),
        ("CORDLESS_SOMETHING_NEW", {"weee", "batteries"}),
        ("shirt", {"textiles"}),
        ("TIRE", {"tyres"}),
        ("ABIS_BOOK", set()),
        ("", set()),
    ],
)
def test_product_types_stand_for_categories(product_type, categories):
    assert categories_of(product_type) == categories


# Before a number expires.


def test_an_expiry_is_announced_sixty_thirty_and_seven_days_before_each_once(
    owner, german, settings
):
    settings.EMAIL_HOST = "mail.example"
    now = clock.now()
    save(
        owner,
        "DE",
        "packaging",
        number=LUCID,
        expires_on=(now.date() + timedelta(days=61)).isoformat(),
    )

    told = [remind_of_numbers(now=now + timedelta(days=day)) for day in range(70)]

    assert sum(told) == 3
    assert sorted(Reminder.objects.values_list("days", flat=True)) == [7, 30, 60]
    assert Event.objects.filter(name="deadline.announced").count() == 3
    assert Mail.objects.filter(kind="authorization").count() == 3


def test_a_number_that_was_renewed_is_announced_anew(owner, german):
    now = clock.now()
    for days in (30, 400):
        day = (now.date() + timedelta(days=days)).isoformat()
        save(owner, "DE", "packaging", number=LUCID, expires_on=day)
        remind_of_numbers(now=now)
    assert Reminder.objects.count() == 1

    assert remind_of_numbers(now=now + timedelta(days=370)) == 1


def test_a_gap_is_counted_for_each_country(account, german):
    french = store_in(account, "FR")
    spanish = make_store(account, ES, "Amazon ES")

    gaps = gaps_of(german.workspace, [german, french, spanish], now=clock.now())

    assert [gap.country for gap in gaps] == ["DE", "ES", "FR"]
    assert french.marketplace_id == FR
