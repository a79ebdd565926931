"""`hostbook collect`: reads a site's meters and miners and brings every read to the gateway (CB-32, CB-33, CM-29)."""
