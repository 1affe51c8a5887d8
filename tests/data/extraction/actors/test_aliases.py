from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.data.extraction.actors.aliases import read_aliases


def table(folder: Path, *lines: str) -> Path:
    path = folder / "aliases.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_alias_gives_its_actor_with_kind_and_country(tmp_path: Path) -> None:
    aliases = read_aliases(table(tmp_path, "alias,actor,kind,country", "the Sublime Porte,Turkey,country,TUR"))
    actor = aliases.find("the Sublime\nPorte")
    assert actor is not None
    assert (actor.name, actor.kind, actor.country) == ("Turkey", "country", "TUR")


def test_kind_and_country_may_be_left_out(tmp_path: Path) -> None:
    actor = read_aliases(table(tmp_path, "alias,actor", "the Guild,Free Press Guild")).find("the Guild")
    assert actor is not None
    assert (actor.kind, actor.country) == ("organisation", None)


def test_longer_alias_is_found_first(tmp_path: Path) -> None:
    aliases = read_aliases(table(tmp_path, "alias,actor", "Guild,One", "Guild Hall,Two"))
    assert aliases.pattern is not None
    assert aliases.pattern.findall("Guild  Hall and Guild and Guilder") == ["Guild  Hall", "Guild"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["alias,actor", ",Turkey"], ":2: alias: expected a name; found none"),
        (["alias,actor", "Porte,"], ":2: actor: expected a name; found none"),
        (["alias,actor,kind", "Porte,Turkey,state"], ":2: kind: expected country, organisation, person, group; found"),
        (["alias,actor,country", "Porte,Turkey,TR"], ":2: country: expected a code of three letters"),
        (["alias,actor,since", "Porte,Turkey,1923"], ":2: expected the columns alias, actor, kind, country; found"),
        (["alias,actor", "Porte,Turkey", "Porte,Peru"], ":3: alias: expected one actor for 'Porte'; found Turkey"),
        (["alias,actor", "Porte,Turkey,x"], ":2: expected 2 cells"),
    ],
)
def test_fault_is_told_with_file_and_line(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_aliases(table(tmp_path, *lines))
    assert "aliases.csv" + message in str(caught.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_aliases(table(tmp_path, "alias,actor", ",Turkey", "Porte,"))
    assert len(str(caught.value).splitlines()) == 2
