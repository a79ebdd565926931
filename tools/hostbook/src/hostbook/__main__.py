"""`python -m hostbook`."""

from hostbook.cli import app

app(prog_name="hostbook")
