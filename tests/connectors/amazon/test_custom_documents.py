"""What the archives of Amazon Custom say, in each form that Amazon sends."""

import io
import json
import zipfile

import pytest
from PIL import Image

from packbench.channels.customizations import Choice, Kind
from packbench.connectors.amazon.custom.documents import find_document, surfaces_of
from packbench.connectors.amazon.custom.picturing import picture_of
from packbench.connectors.amazon.custom.reading import read_archive
from packbench.connectors.amazon.custom.refusals import Refused
from packbench_sandbox import Sandbox
from packbench_sandbox.amazon.customizing import archive


def no_picture(name, *, is_preview):
    return None


def choices_of(body):
    surfaces, _ = surfaces_of(body, no_picture)
    return [choice for surface in surfaces for choice in surface.choices]


def leaf(kind, label="L", **facts):
    return {"type": f"{kind}Customization", "label": label, "identifier": "1", **facts}


def tree(*children):
    return {"customizationData": {"type": "PageContainerCustomization", "children": [*children]}}


@pytest.fixture(scope="module")
def ordered():
    with Sandbox(clock=1_800_000_000, orders_per_store=0, arrivals_per_hour=0) as sandbox:
        order = sandbox.world.create_order("europe", country="ES", traits=["custom"])
        return order, order.body["orderItems"][0]


@pytest.mark.parametrize("form", ["tree", "flat", "old", "both"])
def test_every_form_says_the_same_of_the_buyers_wish(ordered, form):
    found = read_archive(archive(*ordered, form))

    choices = [choice for surface in found.details.surfaces for choice in surface.choices]
    text = next(choice for choice in choices if choice.kind is Kind.TEXT)
    assert text.label == "Name"
    assert " & " in text.text
    assert {choice.font for choice in choices} - {""} == {"Dancing Script"}
    assert {choice.color for choice in choices} - {""} == {"#b3262e"}
    assert {choice.color_name for choice in choices} - {""} == {"Cherry red"}
    option = next(choice for choice in choices if choice.kind is Kind.OPTION)
    assert (option.label, option.text, option.price) == ("Gift box", "Wooden box", "4.00 EUR")
    assert len(found.pictures) == 2


def test_the_tree_counts_where_the_flat_list_lost_a_text(ordered):
    found = read_archive(archive(*ordered, "both"))

    front, back = found.details.surfaces
    assert (front.name, back.name) == ("Front", "Back")
    assert front.choices[0].text
    assert found.pictures[front.previews[0]].is_preview
    photo = back.choices[0]
    assert (photo.kind, photo.text) == (Kind.IMAGE, "IMG_0815.JPG")
    assert not found.pictures[photo.picture].is_preview


def test_an_unknown_node_is_kept_as_label_and_text():
    body = tree(leaf("LunarPhase", "Moon", displayValue="Waxing", children=[]))

    assert choices_of(body) == [Choice(kind=Kind.OTHER, label="Moon", text="Waxing")]


def test_a_label_comes_from_around_where_the_leaf_has_none():
    inner = leaf("Text", "", inputValue="Anna")
    body = tree({"type": "PlacementContainerCustomization", "name": "Line 1", "children": [inner]})

    assert [choice.label for choice in choices_of(body)] == ["Line 1"]


@pytest.mark.parametrize(
    ("node", "choice"),
    [
        (leaf("Text", inputValue="  "), None),
        (leaf("Text", inputValue=""), None),
        (leaf("Text"), None),
        (leaf("Text", inputValue="A\r\nB"), Choice(kind=Kind.TEXT, label="L", text="A\nB")),
        (leaf("Text", inputValue="A\u202eB\0"), Choice(kind=Kind.TEXT, label="L", text="AB")),
        (
            leaf("Color", colorSelection={"value": "#FFF"}),
            Choice(kind=Kind.COLOR, label="L", color="#ffffff"),
        ),
        (
            leaf("Color", colorSelection={"name": "Red", "value": "red;background:url(x)"}),
            Choice(kind=Kind.COLOR, label="L", color_name="Red"),
        ),
        (
            leaf("OptionChoice", optionSelection={"name": "oak", "label": "Oak"}),
            Choice(kind=Kind.OPTION, label="L", text="Oak"),
        ),
        (
            leaf("Option", displayValue="Oak", priceDelta={"amount": 0, "currency": "EUR"}),
            Choice(kind=Kind.OPTION, label="L", text="Oak"),
        ),
        (
            leaf("Image", image={"imageName": "a.jpg", "buyerFilename": "Us.jpg"}),
            Choice(kind=Kind.IMAGE, label="L", text="Us.jpg"),
        ),
    ],
)
def test_what_a_leaf_says(node, choice):
    assert choices_of(tree(node)) == ([choice] if choice else [])


def test_the_flat_list_keeps_types_that_nobody_knows():
    area = {"customizationType": "Hologram", "label": "H", "value": 3}
    body = {"customizationInfo": {"version3.0": {"surfaces": [{"areas": [area]}]}}}

    assert choices_of(body) == [Choice(kind=Kind.OTHER, label="H", text="3")]


def test_more_than_is_kept_is_said_to_be_more():
    leaves = [leaf("Text", str(n), inputValue="x") for n in range(500)]

    surfaces, is_cut = surfaces_of(tree(*leaves), no_picture)

    assert is_cut
    assert len(surfaces[0].choices) == 200


def test_the_document_is_found_among_others_and_behind_a_mark():
    body = json.dumps(tree(leaf("Text", inputValue="Anna"))).encode()
    files = {"a.json": b"{}", "b.JSON": b"\xef\xbb\xbf" + body}

    assert choices_of(find_document(files))[0].text == "Anna"
    with pytest.raises(Refused, match="document_missing"):
        find_document({"a.json": b"{}"})


def test_a_large_photo_becomes_smaller_upright_and_bare():
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Canary", 6  # on its side
    Image.new("RGB", (3000, 1000)).save(written, "JPEG", exif=exif, comment=b"Canary")

    photo = picture_of(written.getvalue(), is_preview=False)

    assert (photo.width, photo.height) == (667, 2000)
    assert b"Canary" not in photo.content


def test_amazons_blanks_and_folders_are_no_twins():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as files:
        files.mkdir("images")
        files.writestr("images/1.json", json.dumps(tree(leaf("Text", inputValue="Anna"))))

    found = read_archive(written.getvalue())

    assert found.details.surfaces[0].choices[0].text == "Anna"
