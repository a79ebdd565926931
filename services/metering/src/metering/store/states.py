"""Where the walk of a channel may begin, by day: a frozen reference, or the first read while there is none (rule 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import text

from common.db import Tx
from common.money import exact_text
from metering.domain.state import ChannelState

_FIELDS = "channel_id, day, begins_at, decided_by_at, serves_from_at, register_kwh, terms"
_YOUNGEST = text(f"""
    select distinct on (channel_id) {_FIELDS} from channel_states
    where channel_id = any(:channels) and day <= :day order by channel_id, day desc
""")  # noqa: S608 - constants
_PUT = text("""
    insert into channel_states (organization_id, channel_id, day, begins_at, decided_by_at, serves_from_at,
        register_kwh, terms)
    values (:organization, :channel_id, :day, :begins_at, :decided_by_at, :serves_from_at, :register_kwh, :terms)
    on conflict (organization_id, channel_id, day) do update set begins_at = excluded.begins_at,
        decided_by_at = excluded.decided_by_at, serves_from_at = excluded.serves_from_at,
        register_kwh = excluded.register_kwh, terms = excluded.terms
""")
_UPSET = text(f"""
    delete from channel_states where channel_id = any(:channels) and decided_by_at >= :since returning {_FIELDS}
""")  # noqa: S608 - constants
_FORGET = text("delete from channel_states where channel_id = any(:channels)")


@dataclass(frozen=True, slots=True)
class Start:
    """Where the walk of a channel begins for spans from the start of `day` on.

    With `terms`: at the frozen reference of `begins_at`. Without: at the first read, which is not before `begins_at`.
    A read that comes late, at or before `decided_by_at`, makes it stale.
    """

    channel_id: UUID
    day: date
    begins_at: datetime
    decided_by_at: datetime
    serves_from_at: datetime | None = None
    register_kwh: str | None = None
    terms: str | None = None

    @classmethod
    def of_state(cls, channel_id: UUID, day: date, state: ChannelState) -> Start:
        return cls(
            channel_id,
            day,
            state.reference_at,
            state.decided_by_at,
            state.serves_from_at,
            exact_text(state.register_kwh),
            state.terms,
        )

    @property
    def state(self) -> ChannelState | None:
        """The frozen state, where there is one."""
        if self.terms is None or self.register_kwh is None or self.serves_from_at is None:
            return None
        return ChannelState(
            channel_id=str(self.channel_id),
            reference_at=self.begins_at,
            register_kwh=Fraction(self.register_kwh),
            decided_by_at=self.decided_by_at,
            serves_from_at=self.serves_from_at,
            terms=self.terms,
        )


async def youngest(tx: Tx, channels: Iterable[UUID], day: date) -> Mapping[UUID, Start]:
    """By channel, the start to use for spans from the start of the day on; absent: its life's beginning."""
    rows = await tx.execute(_YOUNGEST, {"channels": list(channels), "day": day})
    return {row.channel_id: Start(*row) for row in rows}


async def put(tx: Tx, organization_id: UUID, starts: Sequence[Start]) -> None:
    """Write down starts; those of the same channel and day are replaced."""
    if starts:
        rows = [
            {"organization": organization_id} | {name: getattr(one, name) for name in Start.__slots__} for one in starts
        ]
        await tx.execute(_PUT, rows)


async def upset(tx: Tx, channels: Iterable[UUID], since: datetime) -> list[Start]:
    """Remove and answer what a late read of that instant makes stale."""
    return [Start(*row) for row in await tx.execute(_UPSET, {"channels": list(channels), "since": since})]


async def forget(tx: Tx, channels: Iterable[UUID]) -> None:
    """Remove all starts of the channels."""
    await tx.execute(_FORGET, {"channels": list(channels)})
