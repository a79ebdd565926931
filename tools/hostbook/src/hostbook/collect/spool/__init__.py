"""Store: every poll is on this disk before it is sent, and leaves it only with the gateway's answer."""
