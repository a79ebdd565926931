"""Settings of the payments service."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has, and how to reach the card processor.

    `stripe_api_base` is empty for the vendor itself; `stripe_webhook_secret` may hold two, by comma, while one is
    replaced by the other.
    """

    stripe_api_base: str = ""
    stripe_api_key: str
    stripe_webhook_secret: str
