"""Maps: other desks' files, and what the headers of any file suggest.

Sources of the column names, looked up in November 2026:

- ShipStation: the columns that *Export orders* and its custom order reports offer, such as
  "Order - Number", "Ship To - Address 1", "Item - Qty" and "Date - Ship By Date", as public
  programs read and list them; dates as 4/24/2025 11:59:59 PM. Not confirmed: "Order - Currency".
- ShippingEasy: https://support.shippingeasy.com/hc/en-us/articles/203382759 names the columns of
  its upload, dates as MM/DD/YY and weights in ounces. Not confirmed: the spelling of the columns
  after the city (state, postal code, country, phone, e-mail address, company).
- Sendcloud: https://support.sendcloud.com/hc/en-us/articles/360025142831 names the columns that an
  upload needs (Customer name, Country code, Postal code, Street name, House number, City, Order
  reference), a point before decimals and kg. Not confirmed: how its template and its exports write
  the others; they are taken as its pages call the fields.

A header matches whatever its case, and with or without the stars of templates.
"""

import re
from collections.abc import Iterable, Mapping

from packbench.channels.tables import Columns, Field, TableMap, missing_of
from packbench.connectors.tables.cells import DATE

SHIPSTATION = TableMap(
    columns={
        "Order - Number": Field.NUMBER,
        "Order - Status": Field.STATUS,
        "Date - Order Date": Field.PLACED_AT,
        "Date - Ship By Date": Field.SHIP_BY,
        "Carrier - Service Requested": Field.SERVICE_LEVEL,
        "Amount - Order Total": Field.TOTAL,
        "Order - Currency": Field.CURRENCY,
        "Weight - TotalOz": Field.WEIGHT,
        "Notes - From Buyer": Field.NOTE,
        "Ship To - Name": Field.NAME,
        "Ship To - Company": Field.COMPANY,
        "Ship To - Address 1": Field.LINE1,
        "Ship To - Address 2": Field.LINE2,
        "Ship To - Address 3": Field.LINE3,
        "Ship To - City": Field.CITY,
        "Ship To - State": Field.STATE,
        "Ship To - Postal Code": Field.POSTAL_CODE,
        "Ship To - Country": Field.COUNTRY,
        "Ship To - Phone": Field.PHONE,
        "Customer Email": Field.EMAIL,
        "Item - SKU": Field.SKU,
        "Item - Name": Field.TITLE,
        "Item - Qty": Field.QUANTITY,
        "Item - Price": Field.PRICE,
        "Item - Weight (oz)": Field.ITEM_WEIGHT,
        "Gift - Message": Field.GIFT_MESSAGE,
    },
    date_order="mdy",
    decimal=".",
    weight_unit="oz",
)
SHIPPINGEASY = TableMap(
    columns={
        "Order Number": Field.NUMBER,
        "Order date & time": Field.PLACED_AT,
        "Order date": Field.PLACED_AT,
        "Status": Field.STATUS,
        "Order Total": Field.TOTAL,
        "Requested service": Field.SERVICE_LEVEL,
        "Full Name": Field.NAME,
        "First Name": Field.FIRST_NAME,
        "Last Name": Field.LAST_NAME,
        "Company": Field.COMPANY,
        "Address Line 1": Field.LINE1,
        "Address Line 2": Field.LINE2,
        "City": Field.CITY,
        "State": Field.STATE,
        "Zip Code": Field.POSTAL_CODE,
        "Country": Field.COUNTRY,
        "Phone": Field.PHONE,
        "Email": Field.EMAIL,
        "Item name": Field.TITLE,
        "Item SKU": Field.SKU,
        "Item unit price": Field.PRICE,
        "Item Quantity": Field.QUANTITY,
        "Item unit weight (oz)": Field.ITEM_WEIGHT,
    },
    date_order="mdy",
    decimal=".",
    weight_unit="oz",
)
SENDCLOUD = TableMap(
    columns={
        "Order reference": Field.NUMBER,
        "Order number": Field.NUMBER,
        "Order date": Field.PLACED_AT,
        "Customer name": Field.NAME,
        "Company name": Field.COMPANY,
        "Street name": Field.LINE1,
        "Address": Field.LINE1,
        "House number": Field.HOUSE_NUMBER,
        "Address line 2": Field.LINE2,
        "Postal code": Field.POSTAL_CODE,
        "City": Field.CITY,
        "State": Field.STATE,
        "Country code": Field.COUNTRY,
        "Telephone": Field.PHONE,
        "Phone number": Field.PHONE,
        "E-mail": Field.EMAIL,
        "Email": Field.EMAIL,
        "Weight": Field.WEIGHT,
        "Currency": Field.CURRENCY,
        "Total order value": Field.TOTAL,
        "SKU": Field.SKU,
        "Item description": Field.TITLE,
        "Description": Field.TITLE,
        "Quantity": Field.QUANTITY,
        "Item price": Field.PRICE,
        "Unit price": Field.PRICE,
        "Item weight": Field.ITEM_WEIGHT,
    },
    date_order="ymd",
    decimal=".",
    weight_unit="kg",
)
BUILT_IN_MAPS: dict[str, TableMap] = {
    "ShipStation": SHIPSTATION,
    "Sendcloud": SENDCLOUD,
    "ShippingEasy": SHIPPINGEASY,
}

# What people call a column, in the five languages; letters and digits only.
NAMES: dict[Field, str] = {
    Field.NUMBER: "ordernumber orderno order orderid orderreference reference number "
    "bestellnummer auftragsnummer numerodecommande commande numerodepedido pedido numeroordine",
    Field.STATUS: "status orderstatus",
    Field.PLACED_AT: "orderdate date placedat purchasedate createdat bestelldatum datum "
    "datedecommande fecha fechadelpedido dataordine",
    Field.SHIP_BY: "shipby shipbydate latestshipdate versandbis expedieravant enviarantesde",
    Field.DELIVER_BY: "deliverby deliverbydate deliverydate lieferdatum",
    Field.SERVICE_LEVEL: "servicelevel service shippingservice requestedservice shippingmethod "
    "versandart",
    Field.TOTAL: "total ordertotal totalprice gesamtbetrag gesamt montanttotal totale importe",
    Field.CURRENCY: "currency wahrung devise moneda valuta",
    Field.WEIGHT: "weight orderweight totalweight weightg weightkg gewicht poids peso",
    Field.NOTE: "note notes customernote buyernotes notesfrombuyer bemerkung notiz remarque nota",
    Field.PURCHASE_ORDER: "purchaseorder purchaseordernumber ponumber po",
    Field.NAME: "name fullname customername recipient recipientname shiptoname shippingname "
    "customer empfanger kunde destinataire client nombre cliente destinatario nome",
    Field.FIRST_NAME: "firstname shippingfirstname vorname prenom",
    Field.LAST_NAME: "lastname shippinglastname surname nachname nomdefamille apellidos cognome",
    Field.COMPANY: "company companyname shippingcompany firma societe empresa azienda",
    Field.LINE1: "address1 addressline1 address street street1 streetname shippingaddress1 "
    "shiptoaddress1 adresse strasse straße rue direccion calle indirizzo via",
    Field.HOUSE_NUMBER: "housenumber streetnumber hausnummer hausnr numero",
    Field.LINE2: "address2 addressline2 street2 shippingaddress2 shiptoaddress2 adresszusatz "
    "complement",
    Field.LINE3: "address3 addressline3 street3 shiptoaddress3",
    Field.CITY: "city town shippingcity shiptocity stadt ort ville ciudad citta localidad",
    Field.STATE: "state province region county shippingprovince shiptostate bundesland provincia",
    Field.POSTAL_CODE: "postalcode postcode zip zipcode shippingzip shiptopostalcode plz "
    "postleitzahl codepostal codigopostal cap",
    Field.COUNTRY: "country countrycode shippingcountry shiptocountry land pays pais paese",
    Field.PHONE: "phone phonenumber telephone tel shippingphone telefon telefono",
    Field.EMAIL: "email emailaddress customeremail buyeremail mail",
    Field.INSTRUCTIONS: "instructions deliveryinstructions lieferhinweis",
    Field.SKU: "sku itemsku lineitemsku productsku articlenumber artikelnummer referencia codice",
    Field.TITLE: "item itemname product productname title lineitemname itemdescription artikel "
    "produkt article produit articulo producto articolo prodotto",
    Field.QUANTITY: "quantity qty itemquantity itemqty lineitemquantity pieces menge anzahl "
    "quantite cantidad quantita",
    Field.PRICE: "price unitprice itemprice itemunitprice lineitemprice preis einzelpreis prix "
    "precio prezzo",
    Field.ITEM_WEIGHT: "itemweight unitweight itemunitweight itemunitweightoz itemweightoz",
    Field.GIFT_MESSAGE: "giftmessage giftnote geschenknachricht",
}
BY_NAME = {name: field for field, names in NAMES.items() for name in names.split()}
DATED = frozenset({Field.PLACED_AT, Field.SHIP_BY, Field.DELIVER_BY})
AMOUNTS = frozenset({Field.TOTAL, Field.PRICE, Field.WEIGHT, Field.ITEM_WEIGHT})
ACCENTS = str.maketrans("áàâäãéèêëíìîïóòôöõúùûüñç", "aaaaaeeeeiiiiooooouuuunc")
COMMA_DECIMALS = re.compile(r"[0-9.' ]*,[0-9]{1,2}")


def guess_map(columns: Columns) -> TableMap:
    """Return the map of the desk whose file this is, else what the names of columns suggest."""
    found = _once((header, BY_NAME.get(_bare(header))) for header in columns.headers)
    for known in BUILT_IN_MAPS.values():
        fitted = fitted_to(known, columns.headers)
        if len(fitted.columns) >= len(found) and not missing_of(fitted):
            return fitted
    return TableMap(
        columns=found,
        date_order=_date_order(_values(columns, found, DATED)),
        decimal="," if _has_commas(_values(columns, found, AMOUNTS)) else ".",
        weight_unit=_unit([name for name, field in found.items() if field in AMOUNTS]),
    )


def fitted_to(given: TableMap, headers: Iterable[str]) -> TableMap:
    """The map in the file's own spelling of headers, without columns that the file lacks."""
    fields = {_bare(name): field for name, field in given.columns.items()}
    found = _once((header, fields.get(_bare(header))) for header in headers)
    return TableMap(
        columns=found,
        fixed={name: value for name, value in given.fixed.items() if name not in found.values()},
        date_order=given.date_order,
        decimal=given.decimal,
        weight_unit=given.weight_unit,
        charset=given.charset,
        delimiter=given.delimiter,
    )


def _once(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Each field from the first column that can be it."""
    found: dict[str, str] = {}
    for header, field in pairs:
        if field and field not in found.values():
            found[header] = str(field)
    return found


def _bare(header: str) -> str:
    letters = header.casefold().translate(ACCENTS)
    return "".join(letter for letter in letters if letter.isalnum())


def _values(columns: Columns, found: Mapping[str, str], fields: Iterable[Field]) -> list[str]:
    wanted = set(fields)
    pairs = zip(columns.headers, columns.samples, strict=True)
    return [value for name, values in pairs if found.get(name) in wanted for value in values]


def _date_order(values: Iterable[str]) -> str:
    """The one order in which all dates can be read; "" where both can be meant."""
    days = [found for value in values if (found := DATE.fullmatch(value.strip()))]
    first = {int(found[1]) for found in days if len(found[1]) <= 2}
    second = {int(found[2]) for found in days if len(found[1]) <= 2}
    if not first:
        return "ymd" if days else ""
    if any(number > 12 for number in first):
        return "dmy"
    return "mdy" if any(number > 12 for number in second) else ""


def _has_commas(values: Iterable[str]) -> bool:
    return any(COMMA_DECIMALS.fullmatch(value.strip(" €$£¥")) for value in values)


def _unit(headers: Iterable[str]) -> str:
    words = " ".join(headers).casefold()
    return next((unit for unit in ("kg", "oz", "lb") if unit in words), "g")
