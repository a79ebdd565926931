"""Settings of the contracts service."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has, and where mail goes."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    mail_from: str = "contracts@hostbook.example"
