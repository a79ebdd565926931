"""Which passwords are taken."""

import pytest

from identity.domain.passwords import WeakPassword, checked_password

EMAIL = "marguerite@alpha.example"


@pytest.mark.parametrize("password", ["correct horse battery", "Zq8!kfP2w#Lm", "пять слов из песни", "abcdefgh" * 16])
def test_long_ones_are_taken_whatever_they_consist_of(password: str) -> None:
    assert checked_password(password, email=EMAIL) == password


@pytest.mark.parametrize(
    "password",
    [
        *("short", "elevenchars", "x" * 129, "a" * 20, "abababababab"),
        *("Password1234", "hostbookhostbook", "bitcoin123456", "marguerite2025", "MARGUERITE!!!"),
        *("with\x00control chars", "tab\tseparated words"),
    ],
)
def test_short_and_guessable_ones_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        checked_password(password, email=EMAIL)


def test_two_keyboards_that_write_the_same_give_the_same() -> None:
    assert checked_password("Ａé long password", email=EMAIL) == checked_password("Ae\u0301 long password", email=EMAIL)


def test_the_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(WeakPassword) as refused:
        checked_password("marguerite2025", email=EMAIL)
    assert "marguerite" not in refused.value.message
