"""Settings of the invoicing service."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has, where documents lie, and where mail goes."""

    documents_dir: str = "documents"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    mail_from: str = "billing@hostbook.example"
