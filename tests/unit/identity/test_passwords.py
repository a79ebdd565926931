"""Which passwords are taken (issue 6, section 1): long ones that strangers would not think of."""

import pytest

from identity.domain.passwords import WeakPassword
from identity.gateways.password_hashing import PasswordHashing

ABOUT = ("marguerite@alpha.example", "Marguerite de Vries", "Panhandle Hosting", "panhandle-tx")
HASHING = PasswordHashing(time_cost=1, memory_mb=1)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "Zq8!kfP2w#Lm", "пять слов из песни", "abcdefgh" * 16, "dragon master welcome purple"],
)
def test_long_ones_are_taken_whatever_they_consist_of(password: str) -> None:
    assert HASHING.checked(password, *ABOUT) == password


@pytest.mark.parametrize(
    "password",
    [
        *("short", "elevenchars", "x" * 129, "a" * 20, "abababababab"),
        *("Password1234", "hostbookhostbook", "bitcoin123456", "marguerite2025", "MARGUERITE!!!"),
        *("with\x00control chars", "tab\tseparated words", "a lone \ud800 surrogate"),
    ],
)
def test_short_and_guessable_ones_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        HASHING.checked(password, *ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "1qaz2wsx3edc",
        "Q1W2E3R4T5Y6",
        "counterstrike",
        "1qaz2wsx3edc4rfv",
        "Dragon!Master!",
        "sunshine#2024",
        "#monkey##monkey",
    ],
)
def test_what_many_people_use_is_refused_also_in_capitals_and_with_a_little_beside(password: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        HASHING.checked(password, *ABOUT)
    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["PanhandleHosting", "panhandle-tx-2025", "DeVries Marguerite", "Alpha.Example.1"])
def test_the_persons_and_the_hosts_own_names_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        HASHING.checked(password, *ABOUT)


def test_two_keyboards_that_write_the_same_give_the_same() -> None:
    assert HASHING.checked("Ａé long password", *ABOUT) == HASHING.checked("Ae\u0301 long password", *ABOUT)


def test_the_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(WeakPassword) as refused:
        HASHING.checked("marguerite2025", *ABOUT, field="new")
    assert "marguerite" not in refused.value.message
    assert refused.value.field == "new"
