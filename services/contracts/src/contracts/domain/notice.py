"""Notice given and taken back: it stops a renewal, or ends what has no end (CB-09, CB-28)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from common.errors import RuleBroken
from contracts.domain.activation import checked_active
from contracts.domain.contract import Contract
from contracts.domain.renewal import NoticeAlreadyGiven, give_notice, withdraw_notice
from contracts.domain.terms import with_end


class NoticeNotNeeded(RuleBroken):
    """The contract ends by itself; there is nothing to give notice of."""

    code = "notice_not_needed"


class NoticeBeforeStart(RuleBroken):
    """A notice of a contract that does not count yet by then."""

    code = "notice_before_start"


def noticed(contract: Contract, given_on: date) -> Contract:
    """The contract cancelled on a day.

    One that renews by itself ends with its running term, or, where the notice is late, with the next. One without an
    end gets one: as many days later as its notice window has. Any other ends by itself.
    """
    tenure = checked_active(contract).tenure
    if contract.notice_given_on is not None:
        raise NoticeAlreadyGiven(
            f"Notice was already given on {contract.notice_given_on}.", field="given_on", remedy="nothing to do"
        )
    if given_on < tenure.start_on:
        raise NoticeBeforeStart(
            f"The contract begins on {tenure.start_on}.", field="given_on", remedy=f"{tenure.start_on} or later"
        )
    if tenure.end_on is None:
        last_on = given_on + timedelta(days=contract.notice_days)
        return replace(contract, tenure=with_end(tenure, last_on), auto_renewal=None, notice_given_on=given_on)
    if contract.auto_renewal is None:
        raise NoticeNotNeeded(
            f"The contract ends on {tenure.end_on} by itself.", field="given_on", remedy="set an earlier end instead"
        )
    renewal = give_notice(contract.auto_renewal, given_on)
    return replace(contract, auto_renewal=renewal, notice_given_on=given_on)


def notice_withdrawn(contract: Contract, on: date) -> Contract:
    """The notice taken back, while its window is open; an end that it gave to an open contract is lifted again."""
    before = checked_active(contract).auto_renewal
    if before is not None:
        renewal = withdraw_notice(contract.tenure, before, on)
        return replace(contract, auto_renewal=renewal, notice_given_on=None)
    if contract.notice_given_on is None or not contract.tenure.term.is_open:
        raise NoticeNotNeeded("No notice was given.", field="on", remedy="nothing to do")
    tenure = replace(contract.tenure, end_on=None, end_overridden=False, anchor_on=contract.tenure.start_on, terms=0)
    return replace(contract, tenure=tenure, notice_given_on=None)


def last_day(contract: Contract) -> date | None:
    """The day on which the contract ends as things stand; none while it goes on by itself."""
    tenure, renewal = contract.tenure, contract.auto_renewal
    if tenure.end_on is None or renewal is None:
        return tenure.end_on
    if renewal.notice_given_on is None or renewal.notice_given_on > tenure.end_on - timedelta(days=renewal.notice_days):
        return None
    return tenure.end_on
