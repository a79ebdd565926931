"""The everyday work of a host from the command line: customers, machines, contracts, through the gateway's API."""
