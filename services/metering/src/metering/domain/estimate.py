"""The estimated lost tail of a reset register: setting `reset_estimate` = `mean` (rule 3, metered, reset)."""

from collections.abc import Sequence
from fractions import Fraction

from metering.domain.curve import Extra
from metering.domain.instants import DAY_US
from metering.domain.intervals import Interval, Intervals, both, length, without
from metering.domain.trace import Trace


def measured_of(trace: Trace) -> list[Interval]:
    """The time for which the channel's energy is known, reset spans included."""
    times = trace.curve.times
    return without([(times[0], times[-1])], trace.gaps) if len(times) > 1 else []


def estimates(own: Sequence[Trace], outlet: Sequence[Trace]) -> list[Extra]:
    """For a unit's own channels, what each reset span gets on top of the register's current value.

    Mean power of the whole outlet over the measured time within the 24 hours before the span, times its length, less
    the measured part. Where that is nothing or less, there is no estimate, and none without any measured time.
    Reset spans do not enter the mean.
    """
    steady = [without(measured_of(trace), trace.resets) for trace in outlet]
    extras = []
    for trace in own:
        for from_us, to_us in trace.resets:
            mean = _mean_per_us(outlet, steady, [(from_us - DAY_US, from_us)])
            lost = mean * (to_us - from_us) - trace.curve.between(from_us, to_us)
            if lost > 0:
                extras.append(Extra(from_us, to_us, lost))
    return extras


def _mean_per_us(traces: Sequence[Trace], steady: Sequence[Intervals], window: Intervals) -> Fraction:
    energy, time = Fraction(0), 0
    for trace, known in zip(traces, steady, strict=True):
        inside = both(known, window)
        energy += sum((trace.curve.between(start, end) for start, end in inside), Fraction(0))
        time += length(inside)
    return energy / time if time else Fraction(0)
