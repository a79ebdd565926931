"""What passes between the reminder's workflow and its activity."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class ReminderOrder:
    """Mail a reminder; `at` is the instant that it was told at."""

    organization_id: str
    reminder_id: str
    at: datetime
