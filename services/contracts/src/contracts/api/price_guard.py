"""Who may set a price by their own word: one right, wherever a contract's price comes into a request."""

from typing import Annotated

from fastapi import Depends, Request

from common.http import Caller, authorise


class PriceGuard:
    """Asks for `rates.override`, dangerous and under four eyes where an organization wants it."""

    def __init__(self, request: Request, caller: Caller) -> None:
        self._request, self.caller = request, caller

    async def check(self, *, is_own: bool) -> None:
        """`is_own`: a price of the request is the caller's, neither the host's default nor what was agreed."""
        if is_own:
            await authorise(self._request, self.caller, "rates.override")


Guarded = Annotated[PriceGuard, Depends()]
