"""The form of API keys."""

import re
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.domain.api_keys import SECRET_BYTES, is_well_formed, new_key, shown_part
from identity.domain.host import Mode

KEY = new_key(Mode.TEST, bytes(range(SECRET_BYTES)))
randoms = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)


@given(randoms)
def test_every_key_made_is_well_formed_and_names_its_mode(random: bytes) -> None:
    for mode in Mode:
        key = new_key(mode, random)
        assert is_well_formed(key)
        assert re.fullmatch(rf"hbk_{mode}_[0-9A-Za-z]{{10}}_[0-9A-Za-z]{{46}}", key)


@given(st.integers(0, len(KEY) - 1), st.sampled_from("0123456789abcXYZ_-"))
def test_a_changed_character_is_noticed_without_asking_the_database(place: int, other: str) -> None:
    changed = KEY[:place] + other + KEY[place + 1 :]
    assert is_well_formed(changed) == (changed == KEY)


@pytest.mark.parametrize("text", ["", "hbk_live_", KEY + "0", KEY[:-1], KEY.upper(), f" {KEY}", f"{KEY}\n"])
def test_what_is_no_key_is_seen_as_none(text: str) -> None:
    assert not is_well_formed(text)


def test_the_part_shown_in_lists_holds_nothing_of_the_secret() -> None:
    random = secrets.token_bytes(SECRET_BYTES)
    other = bytes(32) + random[32:]
    assert shown_part(new_key(Mode.LIVE, random)) == shown_part(new_key(Mode.LIVE, other))


def test_keys_keep_more_than_two_hundred_random_bits() -> None:
    made = {new_key(Mode.LIVE, secrets.token_bytes(SECRET_BYTES)).rpartition("_")[2][:40] for _ in range(500)}
    assert len(made) == 500
    assert all(len({key[i] for key in made}) > 20 for i in range(40))
