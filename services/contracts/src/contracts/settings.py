"""Settings of the contracts service."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has; nothing of its own."""
