"""The text of a reminder: what is overdue, since when, and where to pay."""

from collections.abc import Sequence

from common.mail import Mail
from revenueguard.store.debts import Addressee, Debt

_OPENINGS = {
    "first_reminder": "Our records show that the following is past its due date.",
    "second_reminder": "The following is still unpaid.",
    "final_reminder": "The following is still unpaid. Without payment the account goes into default.",
}


def write_reminder(step: str, to: Addressee, owed: Sequence[Debt], host: str, cause: str) -> Mail:
    rows = [f"  {d.number}  due {d.due_on:%d %B %Y}  {d.printed} {d.currency}" for d in owed]
    opening = _OPENINGS.get(step, "The following is past its due date.")
    text = "\n".join(
        [f"Dear {to.name},", "", opening, "", *rows, "", "If you have paid meanwhile, please disregard this.", "", host]
    )
    return Mail(cause=cause, to=to.email, subject=f"Payment reminder from {host}", text=text)
