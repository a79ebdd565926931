"""Every fact of every service that people want to read of, for the feed and the stream of changes."""

from common.consuming import EventRouter
from customers.domain.activity import is_told
from customers.use_cases.note_activity import note_activity
from events.catalog import EVENTS

router = EventRouter()
for _event in EVENTS.values():
    if is_told(_event.KIND.type):
        router.on(_event)(note_activity)
