"""Settings of the customers service."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has; nothing of its own yet."""
