"""Questions that only a part which can really serve answers rightly. None waits longer than a second."""

import http.client
import json
import socket
import struct
from typing import Any

TIMEOUT_S = 1.0


def kafka_lists_itself(port: int) -> bool:
    """Kafka protocol, Metadata v4: the answer names at least one broker once it is registered and unfenced."""
    name = b"probe"
    body = struct.pack(">hhih", 3, 4, 1, len(name)) + name + struct.pack(">ib", 0, 0)
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = _read(connection, 16)
    except OSError:
        return False
    # length, correlation id, throttle time, number of brokers
    return len(answer) == 16 and struct.unpack(">iiii", answer)[3] >= 1


def postgres_asks_for_password(port: int) -> bool:
    """PostgreSQL protocol 3.0: a server that takes connections answers a start-up with an authentication request."""
    parameters = b"user\0postgres\0database\0postgres\0\0"
    packet = struct.pack(">ii", 8 + len(parameters), 196_608) + parameters
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
            connection.sendall(packet)
            answered = connection.recv(1024)  # all of it, or closing would look like a fault in the server's log
            return answered.startswith(b"R")
    except OSError:
        return False


def smtp_greets(port: int) -> bool:
    """RFC 5321: the server speaks first, with 220."""
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
            return _read(connection, 3) == b"220"
    except OSError:
        return False


def http_status(port: int, path: str) -> int | None:
    """The status of a GET, or None where nobody answers."""
    return http_answer(port, path)[0]


def http_answer(port: int, path: str) -> tuple[int | None, Any]:
    """Status and JSON body of a GET; the body is None where it is no JSON object."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        text = response.read()
    except (OSError, http.client.HTTPException):
        return None, None
    finally:
        connection.close()
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    return response.status, document if isinstance(document, dict) else None


def _read(connection: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        more = connection.recv(size - len(read))
        if not more:
            break
        read += more
    return read
