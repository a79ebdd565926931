"""The vendors' borders as processes of our own: each speaks its vendor's protocol, on 127.0.0.1 only."""
