"""Settings of the customers service."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has, where mail goes, and how long a stream of changes lives before it is asked for again."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    mail_from: str = "support@hostbook.example"
    changes_lifetime_s: int = 60
    changes_heartbeat_s: int = 15
