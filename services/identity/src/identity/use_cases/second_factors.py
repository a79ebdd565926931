"""Second factors: set one up, show one. A code that was shown once is never taken again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import Conflict, RuleBroken
from identity.domain.member import Member
from identity.domain.recovery_codes import codes_of, normal
from identity.domain.sealed import TOTP
from identity.gateways import one_time_codes
from identity.gateways.sealing import Sealing
from identity.store import factors
from identity.store.tenancy import within


class CodeRefused(RuleBroken):
    """Not a code of now, or one that was shown before."""

    code = "code_refused"
    status = 401


@dataclass(frozen=True, slots=True)
class NewTotp:
    """What the authenticator app is given: the secret, and the same as a link."""

    secret: str
    link: str


async def begin_totp(tx: Tx, member: Member, issuer: str, sealing: Sealing, *, now_at: datetime) -> NewTotp:
    """A secret that counts once a code of it was shown."""
    secret = one_time_codes.new_secret()
    async with within(tx, member.home_id):
        known = await factors.totp(tx, member.person_id)
        if known is not None and known[1]:
            raise Conflict("There is an authenticator already.", remedy="remove it first: DELETE /v1/account/totp")
        sealed = sealing.seal(secret.encode(), TOTP)
        await factors.set_totp(tx, member.home_id, member.person_id, sealed, now_at=now_at)
    return NewTotp(secret, one_time_codes.address(secret, member.email, issuer))


async def confirm_totp(
    tx: Tx, member: Member, code: str, random: bytes, sealing: Sealing, *, now_at: datetime
) -> list[str]:
    """The first code shown: from now on it is asked for. Answers the recovery codes, this once."""
    async with within(tx, member.home_id):
        known = await factors.totp(tx, member.person_id)
        if known is None or known[1] or not await _is_right(tx, member, code, sealing, now_at=now_at, first=True):
            raise _refusal()
        return await _fresh_codes(tx, member, random)


async def new_recovery_codes(tx: Tx, member: Member, random: bytes) -> list[str]:
    """Ten fresh ones; those before open nothing from now on."""
    async with within(tx, member.home_id):
        if "totp" not in await factors.kinds(tx, member.person_id):
            raise Conflict("There is no authenticator yet.", remedy="set one up: POST /v1/account/totp")
        return await _fresh_codes(tx, member, random)


async def remove_totp(tx: Tx, member: Member) -> None:
    """With its recovery codes. Whoever must have a second factor sets up another one before anything else."""
    async with within(tx, member.home_id):
        kinds = await factors.kinds(tx, member.person_id)
        if "totp" not in kinds:
            raise Conflict("There is no authenticator.", remedy="set one up: POST /v1/account/totp")
        await factors.remove_totp(tx, member.person_id)


async def _fresh_codes(tx: Tx, member: Member, random: bytes) -> list[str]:
    codes = codes_of(random)
    await factors.set_recovery_codes(tx, member.home_id, member.person_id, map(normal, codes))
    return codes


async def show_code(tx: Tx, member: Member, code: str, sealing: Sealing, *, now_at: datetime) -> None:
    """A code of the app, or a recovery code; refused unless it opens, and opens for the first time."""
    async with within(tx, member.home_id):
        is_short = len(code.strip()) <= 8
        if is_short and await _is_right(tx, member, code, sealing, now_at=now_at):
            return
        if not is_short and await factors.spend_recovery_code(tx, member.person_id, normal(code)):
            return
    raise _refusal()


async def _is_right(
    tx: Tx, member: Member, code: str, sealing: Sealing, *, now_at: datetime, first: bool = False
) -> bool:
    known = await factors.totp(tx, member.person_id)
    if known is None or (not known[1] and not first):
        return False
    step = one_time_codes.step_of(sealing.opened(known[0], TOTP).decode(), code, int(now_at.timestamp()))
    return step is not None and await factors.spend_step(tx, member.person_id, step)


def _refusal() -> CodeRefused:
    return CodeRefused("This code is not right, or was used before.", field="code", remedy="the next code of your app")
