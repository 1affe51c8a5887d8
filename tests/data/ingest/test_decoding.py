import codecs

import pytest

from detente.data.ingest.decoding import decode

POLISH = (
    "The plan of Włodzimierz Kaczorński was rejected in Łódź; Świętosława Brzęczek had told reporters that she agreed."
)
CZECH = "Prime Minister Jiří Dvořáček met the Slovak envoy in Plzeň. Ondřej Kučera said that Prague backed the treaty."
HUNGARIAN = (
    "Győző Szőllősy accused the cabinet in Budapest, and the ministry said that Mr Szőllősy had misread the figures."
)
ROMANIAN = "The mayor of Iaşi, Ştefan Băcilă, rejected the plan, and the mayor of Timişoara agreed with him."
TURKISH = (
    "Çağrı Yıldızoğlu condemned the raid near Diyarbakır. Şükrü Işıklı said that Ankara would not accept the plan."
)
FRENCH = "The minister, Élodie Garçonnet, said in Orléans that the façade had crumbled; François Bréval disagreed."
SPANISH = "Íñigo Peñaranda Muñoz rejected the accord in A Coruña, and said that Málaga would pay for it."
NORDIC = "Bjørn Tårnåsen and Åsa Öjvind met in Tromsø and backed the accord on fish."
GERMAN = "Jürgen Böttcher-Weiß said that Köln would not pay, and left for Düsseldorf."


class TestUnicode:
    @pytest.mark.parametrize("text", [POLISH, TURKISH, "Norway left.", ""])
    def test_utf_8_is_read_with_and_without_a_mark(self, text: str) -> None:
        assert decode(text.encode()) == decode(text.encode("utf-8-sig")) == text

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    @pytest.mark.parametrize("text", [POLISH, TURKISH])
    def test_wide_characters_are_recognised_with_and_without_a_mark(self, encoding: str, text: str) -> None:
        assert decode(text.encode(encoding)) == text

    def test_mark_of_big_endian_text_is_no_part_of_it(self) -> None:
        assert decode(codecs.BOM_UTF16_BE + FRENCH.encode("utf-16-be")) == FRENCH

    def test_text_that_holds_a_zero_is_left_to_the_reader_to_refuse(self) -> None:
        assert decode(b"Kenya\0left, and the council of the lake agreed to it.") is not None

    def test_bytes_with_zeros_between_are_not_yet_text(self) -> None:
        assert decode(b"\0\xff" * 99) is None

    def test_wide_text_that_breaks_off_within_a_character_is_of_no_encoding(self) -> None:
        assert decode(codecs.BOM_UTF16_LE + b"K\0e") is None


class TestOldEncodings:
    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            *((text, "cp1250") for text in (POLISH, CZECH, HUNGARIAN, ROMANIAN)),
            *((text, "iso8859-2") for text in (POLISH, CZECH, HUNGARIAN, ROMANIAN)),
            *((TURKISH, encoding) for encoding in ("cp1254", "iso8859-9")),
            *(
                (text, name)
                for text in (FRENCH, SPANISH, NORDIC, GERMAN)
                for name in ("cp1252", "latin-1", "mac_roman")
            ),
        ],
    )
    def test_encoding_is_told_by_the_names_in_an_english_text(self, text: str, encoding: str) -> None:
        assert decode(text.encode(encoding)) == text

    @pytest.mark.parametrize("encoding", ["cp1252", "cp1250", "mac_roman"])
    def test_quotation_marks_and_dashes_are_enough(self, encoding: str) -> None:
        text = "She called it “a shameful plan” – and said that she’d vote against it."
        assert decode(text.encode(encoding)) == text

    def test_name_that_fits_two_encodings_is_read_as_western(self) -> None:
        assert decode("Tomás left.".encode("cp1250")) == "Tomás left."

    def test_turkish_name_is_not_read_as_an_icelandic_one(self) -> None:
        assert decode("The mayor of Ağrı met Mr Altınok.".encode("cp1254")) == "The mayor of Ağrı met Mr Altınok."

    def test_icelandic_name_is_read_where_it_can_be_no_other(self) -> None:
        assert decode("Þórður Ásgeirsson left.".encode("cp1252")) == "Þórður Ásgeirsson left."

    def test_capitals_of_a_headline_are_words(self) -> None:
        assert decode("ÇAĞRI YILDIZOĞLU REJECTS PLAN".encode("cp1254")) == "ÇAĞRI YILDIZOĞLU REJECTS PLAN"

    @pytest.mark.parametrize(
        "content",
        [bytes(range(1, 256)), ("日本は非難した。" * 5).encode("shift_jis"), b"\x89PNG\r\n\x1a\n\xff\xd8\xfe"],
    )
    def test_bytes_that_make_no_words_are_of_no_encoding(self, content: bytes) -> None:
        assert decode(content) is None


class TestDeclared:
    def test_declared_encoding_is_believed(self) -> None:
        text = "Норвегия отклонила план."
        assert decode(text.encode("koi8-r"), declared="koi8-r") == text

    def test_valid_utf_8_is_believed_more(self) -> None:
        assert decode(POLISH.encode(), declared="iso-8859-1") == POLISH

    def test_latin_1_means_the_windows_encoding_that_pages_are_written_in(self) -> None:
        text = "She called it “a plan”."
        assert decode(text.encode("cp1252"), declared="ISO-8859-1") == text

    @pytest.mark.parametrize("declared", ["nonsense", "utf-8", "base64"])
    def test_declared_encoding_that_does_not_fit_is_passed_over(self, declared: str) -> None:
        assert decode(TURKISH.encode("cp1254"), declared=declared) == TURKISH
