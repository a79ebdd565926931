"""The hash method: recorded TH/s integrated over time, times the efficiency (rule 3, hash)."""

from collections.abc import Sequence
from fractions import Fraction

from metering.domain.intervals import both, union
from metering.domain.line import NOTHING, Line
from metering.domain.ratings import RatedSpan, efficiency_factors
from metering.domain.telemetry import Stretch, recorded_time, time_where, work_curve


def hash_line(stretches: Sequence[Stretch], spans: Sequence[RatedSpan], contract_jth: Fraction | None) -> Line:
    """Available where telemetry is, and some efficiency; 0 where the hashrate is 0, whatever the status."""
    if not stretches:
        return NOTHING
    factors = efficiency_factors(spans, contract_jth)
    rated = union([(factor.from_us, factor.to_us) for factor in factors])
    free = union([(factor.from_us, factor.to_us) for factor in factors if not factor.number])
    recorded = recorded_time(stretches)
    idle = time_where(stretches, lambda one: not one.ths)
    return Line(
        available=both(recorded, rated),
        zero=union(both(idle, rated), both(recorded, free)),
        curves=(work_curve(stretches),),
        factors=factors,
    )
