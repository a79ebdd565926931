"""What the benchmark of metering is made of: a site under test, collectors that press on it, limits to hold it to."""
