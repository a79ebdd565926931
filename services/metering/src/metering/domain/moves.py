"""Channels' lives changed at an instant: which end, and which begin in their place (rule 3, metered; CB-45).

A plan is made from the lives as they stand. Asked for again, it finds its own work done and plans nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from metering.domain.refusals import BadMove


@dataclass(frozen=True, slots=True)
class Place:
    """A register: its PDU, the position on it (1-based), and the name of the outlet behind it."""

    pdu_id: str
    position: int
    outlet: str


@dataclass(frozen=True, slots=True)
class Life:
    """A channel: which unit a place feeds, from when to when; None is unlimited."""

    channel_id: str
    place: Place
    unit_id: str
    from_at: datetime | None
    to_at: datetime | None

    def lives_on(self, at: datetime) -> bool:
        """Whether it was alive before the instant and goes on after it."""
        return (self.from_at is None or self.from_at < at) and (self.to_at is None or self.to_at > at)


@dataclass(frozen=True, slots=True)
class Opening:
    """A channel that begins: it takes over what was left of an earlier one's life."""

    place: Place
    unit_id: str
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do; `done` are channels that stand already because the same was asked for before."""

    ending: Sequence[Life] = ()
    opening: Sequence[Opening] = ()
    done: Sequence[Life] = ()


def replaced_pdu(
    lives: Sequence[Life], pdu_id: str, new_pdu_id: str, positions: Mapping[int, int], at: datetime
) -> Plan:
    """Every channel of a PDU goes on at the new one from the instant on; outlets and units stay.

    `positions` says where an old position lies on the new PDU; one that is not named stays where it was.
    """
    if pdu_id == new_pdu_id:
        raise BadMove("A PDU cannot replace itself.", field="new_pdu_id", remedy="another PDU")
    later = [one for one in lives if one.place.pdu_id == pdu_id and one.from_at is not None and one.from_at >= at]
    if later:
        raise BadMove(
            f"On the old PDU outlet {later[0].place.outlet} begins to feed a unit at {later[0].from_at}, not before "
            f"{at}.",
            field="at",
            remedy="a later instant, or end those channels first",
        )
    ending = [one for one in lives if one.place.pdu_id == pdu_id and one.lives_on(at)]
    opening = [
        Opening(
            Place(new_pdu_id, positions.get(one.place.position, one.place.position), one.place.outlet),
            one.unit_id,
            at,
            one.to_at,
        )
        for one in ending
    ]
    taken = [one.place.position for one in opening]
    if len(set(taken)) < len(taken):
        raise BadMove("Two outlets would lie on one position.", field="positions", remedy="a position for each outlet")
    if not ending:
        return Plan(done=_followers(lives, pdu_id, new_pdu_id, at))
    return Plan(ending, opening)


def _followers(lives: Sequence[Life], pdu_id: str, new_pdu_id: str, at: datetime) -> list[Life]:
    """The channels of the new PDU that took over at the instant; refused where there is nothing at all."""
    ended = {(one.place.outlet, one.unit_id) for one in lives if one.place.pdu_id == pdu_id and one.to_at == at}
    found = [
        one
        for one in lives
        if one.place.pdu_id == new_pdu_id and one.from_at == at and (one.place.outlet, one.unit_id) in ended
    ]
    if not found:
        raise BadMove(f"No channel of the PDU lives at {at}.", field="at", remedy="an instant at which it feeds a unit")
    return found


def moved(life: Life, place: Place, lives: Sequence[Life], at: datetime) -> Plan:
    """One feed of a unit goes to another place at an instant."""
    return _crossed([(life, place, life.unit_id)], lives, at)


def swapped(first: Life, second: Life, lives: Sequence[Life], at: datetime) -> Plan:
    """Two outlets exchange the units they feed at an instant."""
    if first.channel_id == second.channel_id or first.unit_id == second.unit_id:
        raise BadMove("Both channels feed the same unit.", field="channel_ids", remedy="channels of two units")
    pairs = [(first, second.place, first.unit_id), (second, first.place, second.unit_id)]
    return _crossed(pairs, lives, at)


def handed_over(life: Life, unit_id: str, lives: Sequence[Life], at: datetime) -> Plan:
    """An outlet feeds another unit from an instant on: the machine in the slot was exchanged."""
    return _crossed([(life, life.place, unit_id)], lives, at)


def _crossed(pairs: Sequence[tuple[Life, Place, str]], lives: Sequence[Life], at: datetime) -> Plan:
    """By pair: the life that ends, the place where it goes on, and the unit fed there."""
    done = [_stands(one, place, unit_id, lives, at) for one, place, unit_id in pairs]
    if all(done):
        return Plan(done=[one for one in done if one is not None])
    for one, place, unit_id in pairs:
        if not one.lives_on(at):
            raise BadMove(
                f"Channel {one.channel_id} does not live on both sides of {at}: it lasts {_ends(one)}.",
                field="at",
                remedy="an instant within its life",
            )
        if place == one.place and unit_id == one.unit_id:
            raise BadMove("Nothing would change.", field="at", remedy="another place or another unit")
    ending = [one for one, _, _ in pairs]
    ends = [one.to_at for one, _, _ in pairs]
    opening = [Opening(place, unit_id, at, end) for (_, place, unit_id), end in zip(pairs, ends, strict=True)]
    return Plan(ending, opening)


def _ends(one: Life) -> str:
    begun = "since ever" if one.from_at is None else f"from {one.from_at}"
    return begun if one.to_at is None else f"{begun} until {one.to_at}"


def _stands(one: Life, place: Place, unit_id: str, lives: Sequence[Life], at: datetime) -> Life | None:
    """The channel that already follows this one at the instant, if any."""
    if one.to_at != at:
        return None
    wanted = replace(one, place=place, unit_id=unit_id)
    return next(
        (
            other
            for other in lives
            if other.from_at == at and other.place == wanted.place and other.unit_id == wanted.unit_id
        ),
        None,
    )
