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


def estimates(traces: Sequence[Trace]) -> list[Extra]:
    """For the channels of one outlet, what each reset span gets on top of the register's current value.

    Mean power of the outlet over the measured time within the 24 hours before the span, times its length, less the
    measured part; never negative. Reset spans do not enter the mean; without a measured hour there is no estimate.
    """
    steady = [without(measured_of(trace), trace.resets) for trace in traces]
    extras = []
    for trace in traces:
        for from_us, to_us in trace.resets:
            mean = _mean_per_us(traces, steady, [(from_us - DAY_US, from_us)])
            if mean is not None:
                lost = mean * (to_us - from_us) - trace.curve.between(from_us, to_us)
                extras.append(Extra(from_us, to_us, max(lost, Fraction(0))))
    return extras


def _mean_per_us(traces: Sequence[Trace], steady: Sequence[Intervals], window: Intervals) -> Fraction | None:
    energy, time = Fraction(0), 0
    for trace, known in zip(traces, steady, strict=True):
        inside = both(known, window)
        energy += sum((trace.curve.between(start, end) for start, end in inside), Fraction(0))
        time += length(inside)
    return energy / time if time else None
