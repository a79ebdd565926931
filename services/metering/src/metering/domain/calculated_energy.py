"""The calculated method: rated power times the hours online (rule 3, calculated)."""

from collections.abc import Sequence

from metering.domain.intervals import both, union
from metering.domain.line import NOTHING, Line
from metering.domain.ratings import RatedSpan, power_factors
from metering.domain.telemetry import Stretch, online_curve, recorded_time, time_where
from metering.domain.values import UnitStatus


def calculated_line(stretches: Sequence[Stretch], spans: Sequence[RatedSpan]) -> Line:
    """Available where the status is known; 0 while the unit is known to be offline."""
    if not stretches:
        return NOTHING
    factors = power_factors(spans)
    free = union([(factor.from_us, factor.to_us) for factor in factors if not factor.number])
    recorded = recorded_time(stretches)
    offline = time_where(stretches, lambda one: one.status == UnitStatus.OFFLINE)
    return Line(
        available=recorded,
        zero=union(offline, both(recorded, free)),
        curves=(online_curve(stretches),),
        factors=factors,
    )
