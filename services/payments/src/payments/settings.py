"""Settings of the payments service."""

from pydantic import Field

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has, and how to reach the card processor.

    `stripe_address` is empty for the vendor itself; `stripe_webhook_secret` may hold two, by comma, while one is
    replaced by the other.
    """

    stripe_address: str = Field("", validation_alias="STRIPE_API_BASE")
    stripe_api_key: str
    stripe_webhook_secret: str
