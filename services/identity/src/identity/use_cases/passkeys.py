"""Passkeys: add one, sign in with one. The device knows its holder, so that a passkey counts as two factors."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx, new_id
from identity.domain.links import Purpose
from identity.domain.member import Member
from identity.domain.passkey import Passkey
from identity.gateways.passkey_ceremonies import PasskeyCeremonies, PasskeyRefused, challenge_in, credential_in
from identity.store import factors, links, members
from identity.store.tenancy import at_gate, within


async def ask_for_new(
    tx: Tx, organization_id: UUID, member: Member, challenge: str, ceremonies: PasskeyCeremonies, *, now_at: datetime
) -> dict[str, Any]:
    """What the browser needs to make a passkey for this person."""
    await links.make(tx, organization_id, Purpose.PASSKEY_NEW, member.person_id, token=challenge, now_at=now_at)
    async with within(tx, member.home_id):
        known = [one.credential_id for one in await factors.passkeys_of(tx, member.person_id)]
    return ceremonies.creation(challenge, member.person_id, member.email, known)


async def add(
    tx: Tx, member: Member, name: str, answer: dict[str, Any], ceremonies: PasskeyCeremonies, *, now_at: datetime
) -> Passkey:
    """The passkey that the browser made for the challenge that this person was given."""
    challenge = challenge_in(answer)
    async with at_gate(tx):
        found = await links.use(tx, Purpose.PASSKEY_NEW, challenge, now_at=now_at)
    if found is None or found[1] != member.person_id:
        raise _over()
    credential_id, public_key, uses = ceremonies.made(answer, challenge)
    passkey = Passkey(new_id(), member.person_id, credential_id, public_key, uses, name, now_at)
    async with within(tx, member.home_id):
        await factors.add_passkey(tx, member.home_id, passkey)
    return passkey


async def ask_for_one(
    tx: Tx, organization_id: UUID, challenge: str, ceremonies: PasskeyCeremonies, *, now_at: datetime
) -> dict[str, Any]:
    """What the browser needs to show any passkey of ours: who it will be, nobody knows yet."""
    subject_id = new_id()
    await links.make(tx, organization_id, Purpose.PASSKEY_SHOWN, subject_id, token=challenge, now_at=now_at)
    return ceremonies.request(challenge)


async def show(
    tx: Tx, organization_id: UUID, answer: dict[str, Any], ceremonies: PasskeyCeremonies, *, now_at: datetime
) -> Member:
    """At the gate: the member of the organization whose passkey this is; the transaction enters the organization."""
    challenge, credential_id = challenge_in(answer), credential_in(answer)
    found = await factors.passkey_of(tx, credential_id)
    asked = await links.use(tx, Purpose.PASSKEY_SHOWN, challenge, now_at=now_at)
    if found is None or asked is None:
        raise _over()
    home_id, passkey = found
    uses = ceremonies.shown(answer, challenge, passkey)
    async with within(tx, home_id):
        await factors.note_use(tx, passkey, uses)
    async with within(tx, organization_id):
        member = await members.of_person(tx, passkey.person_id)
    if member is None or member.home_id != home_id:
        raise _over()
    return member


def _over() -> PasskeyRefused:
    return PasskeyRefused("This passkey is not known here.", remedy="try again, or sign in another way")
