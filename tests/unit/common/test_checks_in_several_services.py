"""Services import nothing of each other: so what two of them check alike is spelt twice, and held equal here.

Otherwise a customer that may be billed could not be invited, or an address would be let in by the laxer door.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from common.errors import RuleBroken
from customers.domain.words import checked_email as of_customers
from customers.domain.words import checked_line
from identity.domain.texts import checked_email as of_identity
from identity.domain.texts import plain_name
from quotes.domain.words import checked_email as of_quotes

GOOD_ADDRESSES = ["ops@alpha.example", "o'neil+x@alpha-digital.co", "a@b.museum", "a.b@c.example"]
BAD_ADDRESSES = [
    "", "ops", "ops@alpha", "a@b@c.example", "a b@c.example", "a..b@c.example", "a@c..example", "a@alph\u0430.example",
    "\u043eps@a.example", "\u212aate@a.example", "a@b.example\n", "a@b.example,c@d.example", "<a@b.example>",
    "a\u200b@b.example", f"{'a' * 65}@b.example", '"a"@b.example', "a@b_c.example", "a@[10.0.0.1]", "a@b.e",
    f"a@{'b' * 186}.example", "a@\u202eb.example",
]  # fmt: skip
GOOD_NAMES = ["Alpha Digital LLC", "\u0410\u043b\u044c\u0444\u0430 Digital", "Stra\u00dfe & Co. (Z\u00fcrich)"]
BAD_NAMES = [
    "", " ", "x" * 121, "<b>Alpha</b>", "Alph\u0430", "\u0391lpha", "Al\u202epha", "Al\u200bpha", "Al\u2028pha",
    "Al\ue000pha", "Al\npha", "Al\x00pha",
]  # fmt: skip


def takes(check: Callable[..., Any], *words: object) -> bool:
    try:
        check(*words)
    except RuleBroken as refused:
        return not (refused.field and refused.remedy)
    return True


@pytest.mark.parametrize("address", GOOD_ADDRESSES + BAD_ADDRESSES)
def test_an_address_is_one_for_every_service_or_for_none(address: str) -> None:
    is_good = address in GOOD_ADDRESSES
    assert [takes(check, address, "email") for check in (of_customers, of_quotes)] == [is_good, is_good]
    assert takes(of_identity, address, "email") is (is_good or address.endswith("\n"))  # which it takes off


@pytest.mark.parametrize("name", GOOD_NAMES + BAD_NAMES)
def test_a_name_is_one_for_identity_and_customers_or_for_neither(name: str) -> None:
    is_good = name in GOOD_NAMES
    assert [takes(check, name, "name", 120) for check in (checked_line, plain_name)] == [is_good, is_good]
