"""Versions that no requirements file holds; `deploy/` must agree with them."""

KAFKA = "4.3.1"
KAFKA_COORDINATES = (f"org.apache.kafka:kafka_2.13:{KAFKA}", "org.slf4j:slf4j-simple:1.7.36")
OLDEST_JAVA = 17
