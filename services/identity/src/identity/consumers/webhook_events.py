"""Every fact of every service that may leave, for whoever set up a webhook."""

from common.consuming import EventRouter
from identity.use_cases.tell_webhooks import tell_webhooks
from identity.use_cases.webhook_catalogue import TOLD

router = EventRouter()
for _event in TOLD.values():
    router.on(_event)(tell_webhooks)
