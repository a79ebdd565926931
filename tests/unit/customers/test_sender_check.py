"""Whose word on a mail's sender is taken, and for which domain (RFC 8601)."""

from __future__ import annotations

import pytest

from customers.domain.mail_thread import read_mail
from customers.domain.sender_check import SenderUnproven, check_sender

SENDER, SERVER = "ops@alpha.example", "mx.host.example"
GOOD = "mx.host.example; spf=pass smtp.mailfrom=bounce@mailer.example; dkim=fail; dmarc=pass header.from=alpha.example"


@pytest.mark.parametrize(
    "results",
    [
        [GOOD],
        [GOOD.upper().replace("PASS", "pass"), "other.example; dmarc=fail header.from=alpha.example"],
        ["mx.host.example 1; dkim=pass (2048-bit; good) header.d=alpha.example header.s=k1"],
        ["mx.host.example; dkim=pass header.i=@alpha.example"],
        ['mx.host.example; spf=pass (sender "is" fine) smtp.mailfrom="o;p s"@alpha.example'],
    ],
)
def test_a_sender_whose_own_domain_passed_is_taken(results: list[str]) -> None:
    check_sender(SENDER, results, SERVER)


def test_a_domain_above_the_senders_vouches_for_it() -> None:
    check_sender("a@mail.alpha.example", ["mx.host.example; dkim=pass header.d=alpha.example"], SERVER)


@pytest.mark.parametrize(
    "results",
    [
        [],
        ["mx.host.example; none"],
        ["mx.host.example; dmarc=fail header.from=alpha.example"],
        ["mx.evil.example; dmarc=pass header.from=alpha.example"],
        ["mx.host.example; spf=pass smtp.mailfrom=x@evil.example; dkim=pass header.d=evil.example"],
        ["mx.host.example; dkim=pass header.d=notalpha.example", GOOD],  # a good one further down came with the mail
        ["mx.host.example; dkim=pass header.d=example"],
        ["mx.host.example; dkim=pass header.d=mail.alpha.example"],
        # Words of the sender's in quotes and comments are not the server's.
        ['mx.host.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=alpha.example ;"@evil.example'],
        ["mx.host.example; spf=fail (x (y); dmarc=pass header.from=alpha.example) smtp.mailfrom=a@evil.example"],
        ["(mx.host.example; dmarc=pass header.from=alpha.example) evil.example; none"],
    ],
)
def test_everything_else_is_refused_with_what_would_be_right(results: list[str]) -> None:
    with pytest.raises(SenderUnproven) as refused:
        check_sender(SENDER, results, SERVER)
    assert (refused.value.field, refused.value.remedy is not None) == ("raw", True)


def test_the_results_of_a_mail_are_read_from_the_top() -> None:
    raw = f"Authentication-Results: {GOOD}\nAuthentication-Results: x.example;\n dmarc=none\nFrom: {SENDER}\n"
    mail = read_mail(raw.encode() + b"Message-ID: <m1@alpha.example>\n\nHello\n")
    assert mail.results == (GOOD, "x.example; dmarc=none")


def test_a_mail_of_two_senders_is_of_none() -> None:
    with pytest.raises(Exception, match="e-mail"):
        read_mail(b"From: a@alpha.example\nFrom: b@bravo.example\nMessage-ID: <m1@alpha.example>\n\nHello\n")
