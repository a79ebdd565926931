"""Settings of the metering service."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """Beside what every service has: how long and how much a call waits for Kafka."""

    publish_deadline_s: int = 8
    publish_waiting_bytes: int = 64 * 1024 * 1024
