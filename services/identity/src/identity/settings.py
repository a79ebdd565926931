"""Settings of the identity service."""

from pydantic import Field

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """`token_private_key` signs internal tokens; `settle_urls` names every service that a test clock waits for."""

    token_private_key: str = ""
    settle_urls: dict[str, str] = Field(default_factory=dict)
