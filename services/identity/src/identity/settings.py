"""Settings of the identity service."""

from pydantic import Field

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """`token_private_key` signs internal tokens; `settle_urls` names every service that a test clock waits for.

    `sso_private_networks` lets organizations name providers in our own network, without encryption: for tests, and
    for an installation whose provider stands beside it. `webhook_private_networks` does so for webhooks; what
    was told to them is kept for `webhook_days`.
    """

    token_private_key: str = ""
    settle_urls: dict[str, str] = Field(default_factory=dict)
    smtp_host: str = ""
    smtp_port: int = 25
    mail_from: str = "hostbook@localhost"
    sso_private_networks: bool = False
    webhook_private_networks: bool = False
    webhook_days: int = Field(30, ge=1, le=3650)
