import gzip
import json
import os
from pathlib import Path

import pytest

from detente.data.ingest.languages import judge_language, language_code

CORPORA = Path(os.environ.get("DETENTE_CORPORA", Path(__file__).parents[3] / "../shared/corpora"))
GERMAN = "Die Regierung lehnte den Plan am Dienstag ab. Der Minister sagte, das Land werde nicht für andere zahlen."
FOREIGN = {
    "German": GERMAN,
    "French": "Le gouvernement a rejeté le plan mardi. Le ministre a dit que le pays ne paierait pas.",
    "Spanish": "El gobierno rechazó el plan el martes. El ministro dijo que el país no pagaría por otros.",
    "Dutch": "De regering verwierp het plan dinsdag. De premier zei dat het land niet zou betalen.",
    "Swahili": "Serikali ilikataa mpango huo siku ya Jumanne. Waziri mkuu alisema kwamba nchi haitalipa.",
    "Arabic": "رفضت الحكومة الخطة يوم الثلاثاء. وقال رئيس الوزراء إن البلاد لن تدفع ثمن خطايا الآخرين.",
    "Chinese": "政府周二拒绝了该计划。总理表示,该国不会为他人的罪过付出代价,议会将在三月份对此事进行表决。",
}
ENGLISH = [
    "Sudan's army said that it would not accept the plan of the Quartet.",
    "Norway left the talks.",
    "Ankara condemned the raid near Diyarbakır, Çağrı Yıldızoğlu said.",
    "Prime Minister Jiří Dvořáček met Győző Szőllősy in Plzeň.",
    "KABUL, Aug 3: The spokesman, Zabihollah Karimzada, denied it.",
    "PSOL, Junts and Esquerra rejected the plan of the Generalitat.",
]


class TestJudgeLanguage:
    @pytest.mark.parametrize("language", FOREIGN)
    def test_two_sentences_of_another_language_are_told(self, language: str) -> None:
        judged = judge_language(FOREIGN[language])
        assert judged.against is not None
        assert judged.against.startswith(f"expected English; found {language} (")

    @pytest.mark.parametrize("text", ENGLISH)
    def test_one_english_sentence_full_of_foreign_names_is_kept(self, text: str) -> None:
        assert judge_language(text).against is None

    @pytest.mark.parametrize("text", ["x", "Kenya 3, Norway 1; Ghana 0, Togo 2.", "..."])
    def test_text_that_tells_nothing_is_kept_without_a_language(self, text: str) -> None:
        assert judge_language(text) == judge_language(text, "nonsense")
        assert judge_language(text).code is None
        assert judge_language(text).against is None

    def test_stated_language_is_believed_where_the_text_tells_nothing(self) -> None:
        assert judge_language("Kenya 3, Norway 1.", "en-GB").code == "en"
        judged = judge_language("Kenya 3, Norway 1.", "Norwegian")
        assert judged.against == "expected English; the record says Norwegian"

    def test_stated_language_is_not_believed_against_the_text(self) -> None:
        assert judge_language(ENGLISH[0], "de") == judge_language(ENGLISH[0])
        judged = judge_language(GERMAN, "en")
        assert judged.against is not None
        assert judged.against.startswith("expected English, as stated; found German (")

    @pytest.mark.slow
    def test_no_english_article_is_set_aside(self) -> None:
        if not (CORPORA / "rawnews").is_dir():
            pytest.skip(f"no articles in {CORPORA / 'rawnews'}: set DETENTE_CORPORA")
        against = []
        for file in sorted((CORPORA / "rawnews").glob("*.jsonl.gz")):
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                articles = [json.loads(line) for line in lines]
            against += [article["id"] for article in articles if judge_language(article["text"]).against]
        assert against == ["fnc-train-1686", "fnc-train-2515"]  # French both


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN_us", "en"),
        ("eng", "en"),
        ("English", "en"),
        ("deu", "de"),
        ("klingonish", None),
    ],
)
def test_names_and_codes_of_languages_become_codes(name: str, code: str | None) -> None:
    assert language_code(name) == code
