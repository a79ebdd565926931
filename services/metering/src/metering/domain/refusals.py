"""What metering refuses, each with the rule it breaks."""

from common.errors import RuleBroken


class BadRating(RuleBroken):
    """A unit's nameplate that cannot be: negative, or two ratings from one instant (rule 3)."""

    code = "bad_rating"


class BadChannel(RuleBroken):
    """A channel whose modulus, tick or life cannot be (rule 3)."""

    code = "bad_channel"


class ChannelsOverlap(RuleBroken):
    """Two channels of one outlet live at one instant (rule 3)."""

    code = "channels_overlap"


class BadReads(RuleBroken):
    """Reads that are no numbers, or whose two columns differ in length."""

    code = "bad_reads"


class BadTelemetry(RuleBroken):
    """A telemetry row that ends before it begins, or whose hashrate is negative (rule 3)."""

    code = "bad_telemetry"


class BadHashprice(RuleBroken):
    """A hashprice row that ends before it begins."""

    code = "bad_hashprice"


class HashpriceOverlap(RuleBroken):
    """Two hashprice rows hold at one instant (rule 3)."""

    code = "hashprice_overlap"


class UnitOnTwoContracts(RuleBroken):
    """A unit is assigned twice at one instant (rule 4.5)."""

    code = "unit_on_two_contracts"


class BadWindow(RuleBroken):
    """A span of a contract that ends before it begins, or asks for a method that is none (rule 4.1)."""

    code = "bad_window"


class StateStale(RuleBroken):
    """A stored channel state does not fit: a late read, a changed channel or rating, or a span before it begins."""

    code = "state_stale"


class BadAlertRule(RuleBroken):
    """A rule for alerts that cannot be: a patience or a threshold out of range, or that clears before it raises."""

    code = "bad_alert_rule"


class BadFeed(RuleBroken):
    """What an address answered is no hashprice, or not where the pointer says (rule 4.2)."""

    code = "bad_feed"


class BadMove(RuleBroken):
    """Channels that cannot be moved so at that instant: they do not live then, or would meet (rule 3)."""

    code = "bad_move"
