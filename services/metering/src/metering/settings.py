"""Settings of the metering service."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """Beside what every service has: how long a call waits for Kafka, and how much may be under way.

    `in_hand_bytes` are bodies being read; `publish_waiting_bytes` wait for Kafka; `publish_most_behind` polls (or
    scans) wait in Kafka for the database. Beyond any of them the answer is 503 with Retry-After.
    `allow_private_addresses`: hashprice also from plain HTTP and private networks, for tests and a host's own servers.
    """

    publish_deadline_s: int = 8
    publish_waiting_bytes: int = 24 * 1024 * 1024
    publish_most_behind: int = 2_000_000
    in_hand_bytes: int = 24 * 1024 * 1024
    allow_private_addresses: bool = False
