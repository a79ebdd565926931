"""What linters and types cannot see: small checks of the source, one idea each, run by `python -m hostbook.checks`."""
