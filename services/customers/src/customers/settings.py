"""Settings of the customers service."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has, where mail goes, where our pages are, and how long a stream of changes lives."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    mail_from: str = "support@hostbook.example"
    public_url: str = "http://127.0.0.1"
    changes_lifetime_s: int = 60
    changes_heartbeat_s: int = 15
