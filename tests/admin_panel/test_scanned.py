"""What a scanner, a card reader or a hand puts into the student box."""

from __future__ import annotations

import pytest

from admin_panel.scanned import is_document, is_number, normalised


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("20221503107\r", "20221503107"),
        ("\t20221503107\t\r\n", "20221503107"),
        ("20221503107", "20221503107"),
        ("\uff12\uff10\uff12\uff12\uff11\uff15", "202215"),
        ("\ufeff2022\u200b1503107", "20221503107"),
        ("  王 伟 ", "王 伟"),
        ("Wang   Wei", "Wang Wei"),
        ("", ""),
        ("\r\n", ""),
    ],
)
def test_normalises_what_was_scanned(typed: str, read: str) -> None:
    assert normalised(typed) == read


def test_cuts_what_is_too_long_for_anything() -> None:
    assert normalised("1" * 5_000) == "1" * 64


@pytest.mark.parametrize("text", ["11010519491231002X", "11010519491231002x", "110105194912310021", "E12345678"])
def test_knows_an_identity_document(text: str) -> None:
    assert is_document(text)


@pytest.mark.parametrize("text", ["20221503107", "王伟", "1101051949123100", "S2022-15"])
def test_a_student_number_or_name_is_no_document(text: str) -> None:
    assert not is_document(text)


@pytest.mark.parametrize(
    ("text", "number"), [("20221503107", True), ("S2022-15", True), ("王伟", False), ("Wei", False)]
)
def test_knows_a_student_number(text: str, number: bool) -> None:
    assert is_number(text) is number
