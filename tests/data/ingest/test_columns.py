from datetime import UTC, date, datetime

import pytest

from detente.data.ingest.columns import iso_date, name_columns


class TestNameColumns:
    def test_names_of_other_programs_become_ours(self) -> None:
        row = {"Headline": "T", "body": "x", "source": "S", "link": "u", "lang": "en", "date": "2024-01-02"}
        assert name_columns(row) == {
            "title": "T",
            "text": "x",
            "outlet": "S",
            "url": "u",
            "language": "en",
            "published": "2024-01-02",
        }

    def test_our_names_may_be_capitalised(self) -> None:
        assert name_columns({"ID": "a", "Text": "x"}) == {"id": "a", "text": "x"}

    def test_another_name_does_not_displace_ours(self) -> None:
        row = {"text": "x", "body": "y", "outlet": "S", "source": "wire"}
        assert name_columns(row) == row

    def test_of_two_names_for_a_field_the_first_of_the_list_is_taken(self) -> None:
        assert name_columns({"content": "y", "body": "x"}) == {"content": "y", "text": "x"}

    def test_column_of_the_user_stays(self) -> None:
        assert name_columns({"text": "x", "section": "World"}) == {"text": "x", "section": "World"}

    def test_date_that_can_be_read_in_two_ways_is_kept_aside(self) -> None:
        row = {"text": "x", "date": "3/4/2024", "meta": {"a": 1}}
        assert name_columns(row) == {"text": "x", "meta": {"a": 1, "published": "3/4/2024"}}

    def test_meta_that_is_no_mapping_is_left_for_validation(self) -> None:
        row = {"text": "x", "published": "soon", "meta": 3}
        assert name_columns(row) == row


class TestIsoDate:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("2024-01-02", "2024-01-02"),
            ("2024-01-02T08:30:00+01:00", "2024-01-02T08:30:00+01:00"),
            (date(2024, 1, 2), "2024-01-02"),
            (datetime(2024, 1, 2, 8, 30, tzinfo=UTC), "2024-01-02T08:30:00+00:00"),
            ("Tue, 02 Jan 2024 08:30:00 +0100", "2024-01-02T08:30:00+01:00"),
            ("2 January 2024", "2024-01-02"),
            ("Jan 2, 2024", "2024-01-02"),
            ("2024/01/02", "2024-01-02"),
            ("2024-01", "2024-01"),
            (2024, "2024"),
            ("2024-W01-2", "2024-01-02"),
        ],
    )
    def test_dates_that_can_be_read_in_one_way_are_read(self, value: object, expected: str) -> None:
        assert iso_date(value) == expected

    @pytest.mark.parametrize(
        "value",
        ["3/4/2024", "yesterday", "", 1704182400, "2024-13", "2024-W11", f"1 Jan {'9' * 20} 00:00:00 +0000"],
    )
    def test_others_are_not_guessed(self, value: object) -> None:
        assert iso_date(value) is None
