"""An SMTP server that delivers nothing: every mail it accepts becomes a file."""
