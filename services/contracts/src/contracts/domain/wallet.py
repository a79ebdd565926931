"""Bitcoin payout addresses: form and checksum, never whether anybody holds the key (CB-20).

Forms: P2PKH and P2SH (58-character alphabet, double SHA-256), SegWit version 0 (BIP 173) and later ones (BIP 350).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from common.errors import RuleBroken

LONGEST = 90
_LEGACY_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_SEGWIT_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECK_V0, _CHECK_LATER = 1, 0x2BC830A3  # BIP 173, BIP 350


class BadWalletAddress(RuleBroken):
    """Not a Bitcoin address of the main network, or one with a typing error."""

    code = "bad_wallet_address"

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"{address!r} is not a Bitcoin address: {why}.",
            field="wallet_address",
            remedy="copy it whole; it begins with 1, 3 or bc1",
        )


class AddressForm(StrEnum):
    P2PKH = "p2pkh"
    P2SH = "p2sh"
    SEGWIT_V0 = "segwit_v0"
    TAPROOT = "taproot"


_SEGWIT_FORMS = {
    (0, 20): AddressForm.SEGWIT_V0,
    (0, 32): AddressForm.SEGWIT_V0,
    (1, 32): AddressForm.TAPROOT,
}


@dataclass(frozen=True, slots=True)
class WalletAddress:
    """A checked address, SegWit ones in lower case."""

    text: str
    form: AddressForm


def wallet_of(text: str) -> WalletAddress:
    """The address behind a text, its checksum verified; anything else is refused."""
    address = text.strip()
    if len(address) > LONGEST:
        raise BadWalletAddress(address[:LONGEST], "it is too long")
    if address[:3].lower() == "tb1" or address[:5].lower() == "bcrt1":
        raise BadWalletAddress(address, "it belongs to another network")
    return _segwit(address) if address[:3].lower() == "bc1" else _legacy(address)


def _legacy(address: str) -> WalletAddress:
    number = 0
    for sign in address:
        place = _LEGACY_ALPHABET.find(sign)
        if place < 0:
            raise BadWalletAddress(address, f"{sign!r} does not occur in one")
        number = number * 58 + place
    zeros = len(address) - len(address.lstrip("1"))
    raw = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, checksum = raw[:-4], raw[-4:]
    if len(raw) != 25:
        raise BadWalletAddress(address, "its length is wrong")
    if sha256(sha256(payload).digest()).digest()[:4] != checksum:
        raise BadWalletAddress(address, "its checksum is wrong")
    forms = {0x00: AddressForm.P2PKH, 0x05: AddressForm.P2SH}
    if payload[0] not in forms:
        raise BadWalletAddress(address, "it belongs to another network")
    return WalletAddress(address, forms[payload[0]])


def _segwit(address: str) -> WalletAddress:
    if address not in (address.lower(), address.upper()):
        raise BadWalletAddress(address, "it mixes capitals and small letters")
    small = address.lower()
    values = [_SEGWIT_ALPHABET.find(sign) for sign in small[3:]]
    if min(values, default=-1) < 0:
        raise BadWalletAddress(small, "it is cut off, or a character does not occur in one")
    version, program = values[0], _bytes_of(small, values[1:-6])
    if _checksum(values) != (_CHECK_LATER if version else _CHECK_V0):
        raise BadWalletAddress(small, "its checksum is wrong")
    form = _SEGWIT_FORMS.get((version, len(program)))
    if form is None:
        # A later version is well formed, but anybody may spend what is sent there: a payout would be lost.
        raise BadWalletAddress(small, "no wallet can own that version and length yet")
    return WalletAddress(small, form)


def _checksum(values: Iterable[int]) -> int:
    """The polynomial of BIP 173 over the prefix `bc` and the values."""
    expanded = [ord(sign) >> 5 for sign in "bc"] + [0] + [ord(sign) & 31 for sign in "bc"]
    check = 1
    for value in [*expanded, *values]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                check ^= generator
    return check


def _bytes_of(address: str, values: list[int]) -> bytes:
    """Groups of five bits as bytes; padding is at most four bits, all zero."""
    number = 0
    for value in values:
        number = number << 5 | value
    padding = len(values) * 5 % 8
    if padding > 4 or number & ((1 << padding) - 1):
        raise BadWalletAddress(address, "its padding is wrong")
    return (number >> padding).to_bytes(len(values) * 5 // 8, "big")
