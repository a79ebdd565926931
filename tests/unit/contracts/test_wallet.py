"""Bitcoin payout addresses: every form, and every single slip of the pen refused (CB-20)."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.domain import wallet
from contracts.domain.wallet import AddressForm, BadWalletAddress, wallet_of

P2PKH = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"
P2SH = "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
V0 = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
V0_SCRIPT = "bc1qc7slrfxkknqcq2jevvvkdgvrt8080852dfjewde450xdlk4ugp7szw5tk9"
TAPROOT = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"


@pytest.mark.parametrize(
    ("address", "form"),
    [
        (P2PKH, AddressForm.P2PKH),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", AddressForm.P2PKH),
        ("11111111111111111111BZbvjr", AddressForm.P2PKH),
        (P2SH, AddressForm.P2SH),
        (V0, AddressForm.SEGWIT_V0),
        (V0_SCRIPT, AddressForm.SEGWIT_V0),
        (TAPROOT, AddressForm.TAPROOT),
    ],
)
def test_every_form_in_use_is_recognised(address: str, form: AddressForm) -> None:
    assert wallet_of(address).form is form
    assert wallet_of(f"  {address}\n").text == address


def test_a_segwit_address_in_capitals_is_the_same_address() -> None:
    assert wallet_of(V0.upper()) == wallet_of(V0)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "bc1",
        "bc1q",
        P2PKH[:-1],
        P2PKH + "1",
        P2PKH.lower(),
        P2PKH.replace("B", "0", 1),
        V0[:10] + V0[10:].upper(),
        "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
        "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
        "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc",
        "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
        "bc1sw50qgdz25j",
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
        "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
        "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
        "bc130xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqv8nlfd5",
        "bc1pw5dgrnzv",
        "bc1gmk9yu",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9",
    ],
)
def test_what_is_no_address_of_the_main_network_is_refused(wrong: str) -> None:
    with pytest.raises(BadWalletAddress) as refusal:
        wallet_of(wrong)
    assert refusal.value.field == "wallet_address"


@pytest.mark.parametrize("address", [P2PKH, P2SH, V0, V0_SCRIPT, TAPROOT])
def test_every_single_wrong_character_is_noticed(address: str) -> None:
    alphabet = wallet._SEGWIT_ALPHABET if address.startswith("bc1") else wallet._LEGACY_ALPHABET
    first = 3 if address.startswith("bc1") else 1
    for place in range(first, len(address)):
        for sign in alphabet:
            if sign != address[place]:
                with pytest.raises(BadWalletAddress):
                    wallet_of(address[:place] + sign + address[place + 1 :])


@pytest.mark.parametrize("address", [P2PKH, V0, TAPROOT])
def test_two_neighbours_changed_over_are_noticed(address: str) -> None:
    for place in range(4, len(address) - 1):
        if address[place] != address[place + 1]:
            swapped = address[:place] + address[place + 1] + address[place] + address[place + 2 :]
            with pytest.raises(BadWalletAddress):
                wallet_of(swapped)


def written(version: int, payload: bytes) -> str:
    """An address of the old form, written out from its bytes."""
    body = bytes([version]) + payload
    raw = body + sha256(sha256(body).digest()).digest()[:4]
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, place = divmod(number, 58)
        text = wallet._LEGACY_ALPHABET[place] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


@given(st.binary(min_size=20, max_size=20), st.sampled_from([0, 5]))
def test_every_hash_has_an_address_that_is_accepted(payload: bytes, version: int) -> None:
    form = AddressForm.P2SH if version else AddressForm.P2PKH
    assert wallet_of(written(version, payload)).form is form


def test_a_good_checksum_of_another_version_or_length_is_refused() -> None:
    for wrong in (written(0x6F, bytes(20)), written(0, bytes(19)), written(0, bytes(21))):
        with pytest.raises(BadWalletAddress):
            wallet_of(wrong)


@given(st.text(max_size=100))
def test_any_text_is_an_address_or_a_refusal(text: str) -> None:
    try:
        found = wallet_of(text)
    except BadWalletAddress:
        return
    assert found.text
