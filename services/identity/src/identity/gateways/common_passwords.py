"""The passwords that most people chose, as leaks have shown: thirty thousand of them, in lower case."""

from __future__ import annotations

from functools import cache


@cache
def common_passwords() -> frozenset[str]:
    """Read when the first password is looked at: the lists take a moment and some memory."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
