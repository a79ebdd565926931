"""The real Traefik with the generated configuration, between a client and stand-ins that answer what they were sent."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from hostbook.engines.errors import EngineTrouble
from hostbook.engines.gateway import BODY_LIMIT_BYTES, ROUTES, fixed_settings, read_routes
from hostbook.engines.part import SERVICES
from hostbook.engines.stack import Stack

GOOD = {"Authorization": "Bearer good"}
SEEN_BY_IDENTITY: list[dict[str, str]] = []
ARRIVED = threading.Event()
CALLS: list[int] = []


class Echo(BaseHTTPRequestHandler):
    """Answers with the path and the headers that arrived."""

    def do_GET(self) -> None:
        if self.path == "/v1/changes":
            self._in_parts()
            return
        if self.path == "/v1/units/failing":
            self.send_error(500)
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def _in_parts(self) -> None:
        """The second part comes when the first one has arrived."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"first\n")
        self.wfile.flush()
        self.wfile.write(b"second\n" if ARRIVED.wait(20) else b"held back\n")

    def log_message(self, *_: object) -> None:
        return


class Closing(Echo):
    """Keeps connections, and closes each just when the second call on it has come, unanswered."""

    protocol_version = "HTTP/1.1"
    calls = 0

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        self.rfile.read(size)
        self.calls += 1
        CALLS.append(self.calls)
        if self.calls > 1:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Identity(Echo):
    """Lets `Bearer good` in."""

    def do_GET(self) -> None:
        if self.path != "/internal/forward-auth":
            super().do_GET()
            return
        SEEN_BY_IDENTITY.append({key.lower(): value for key, value in self.headers.items()})
        fine = self.headers.get("Authorization") == "Bearer good"
        self.send_response(204 if fine else 401)
        if fine:
            self.send_header("X-Internal-Token", "from identity")
        self.send_header("Content-Length", "0")
        self.end_headers()


class StandIns:
    """One server a service, which can be stopped and begun anew."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self.url = stack, stack.url("gateway")
        self._running: dict[str, ThreadingHTTPServer] = {}

    def start(self, name: str) -> None:
        kind = {"identity": Identity, "metering": Closing}.get(name, Echo)
        self._running[name] = ThreadingHTTPServer(("127.0.0.1", self._stack.port(name)), kind)
        threading.Thread(target=self._running[name].serve_forever, args=(0.05,), daemon=True).start()

    def stop(self, name: str) -> None:
        server = self._running.pop(name)
        server.shutdown()
        server.server_close()

    def stop_all(self) -> None:
        for name in tuple(self._running):
            self.stop(name)


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    stack = Stack(tmp_path_factory.mktemp("gate way"), parts=("gateway",), durable=False)
    with stack:
        started = StandIns(stack)
        for name in SERVICES:
            started.start(name)
        yield started
        started.stop_all()


@pytest.fixture(scope="module")
def gateway(stand_ins: StandIns) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stand_ins.url, timeout=20) as client:
        deadline = time.monotonic() + 30
        while client.get("/v1/customers").status_code == 404:  # its routes are read after its port is open
            assert time.monotonic() < deadline, "no routes"
            time.sleep(0.05)
        SEEN_BY_IDENTITY.clear()
        yield client


def arrived(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_a_request_reaches_its_service_with_the_token_that_identity_gave(gateway: httpx.Client) -> None:
    answer = gateway.get("/v1/customers/42?limit=1", headers={**GOOD, "X-Internal-Token": "forged"})
    assert arrived(answer)["path"] == "/v1/customers/42?limit=1"
    assert arrived(answer)["headers"]["x-internal-token"] == "from identity"


def test_every_answer_tells_browsers_what_not_to_do_with_it(gateway: httpx.Client) -> None:
    for path, headers in (("/v1/customers", GOOD), ("/v1/customers", {}), ("/v1/auth/login", {})):
        said = gateway.get(path, headers=headers).headers
        told = [said.get(name) for name in ("x-content-type-options", "x-frame-options", "referrer-policy")]
        assert told == ["nosniff", "DENY", "no-referrer"], path
        assert "strict-transport-security" not in said  # nobody is told so over plain HTTP


def test_a_request_that_identity_refuses_reaches_no_service(gateway: httpx.Client) -> None:
    assert gateway.get("/v1/customers").status_code == 401
    assert gateway.get("/v1/customers", headers={"Authorization": "Bearer bad"}).status_code == 401


def test_identity_is_shown_who_asks_and_what_for_but_nothing_else(gateway: httpx.Client) -> None:
    forged = {"X-Forwarded-Uri": "/forged", "X-Forwarded-Method": "FORGED", "X-Secret": "no business of identity"}
    arrived(gateway.post("/v1/customers", headers={**GOOD, **forged, "X-Hostbook-Organization": "acme"}, content=b"{}"))
    seen = SEEN_BY_IDENTITY[-1]
    assert seen["x-forwarded-uri"] == "/v1/customers"
    assert seen["x-forwarded-method"] == "POST"
    assert seen["x-hostbook-organization"] == "acme"
    assert "x-secret" not in seen


def test_while_identity_or_a_service_begins_anew_clients_are_told_when_to_come_again(
    gateway: httpx.Client, stand_ins: StandIns
) -> None:
    """Traefik by itself says an empty 500, and 502; a service's own failure stays one."""
    for name, path in (("identity", "/v1/units"), ("identity", "/v1/auth/login"), ("quotes", "/v1/quotes")):
        stand_ins.stop(name)
        answer = gateway.get(path, headers=GOOD)
        assert (answer.status_code, answer.json()["path"]) == (503, "/internal/gateway/unavailable"), path
        stand_ins.start(name)
        assert arrived(gateway.get(path, headers=GOOD))["path"] == path
    failed = gateway.get("/v1/units/failing", headers=GOOD)
    assert (failed.status_code, failed.json()["path"]) == (500, "/internal/gateway/failed")


def test_an_open_route_needs_no_token_and_takes_a_forged_one_away(gateway: httpx.Client) -> None:
    forged = {"X-Internal-Token": "forged", "X_Internal_Token": "forged", "X.Internal.Token": "forged"}
    headers = arrived(gateway.post("/hooks/stripe", headers=forged, content=b"{}"))["headers"]
    assert not [name for name in headers if "internal" in name]


@pytest.mark.parametrize(
    "path",
    [
        "/internal/forward-auth",
        "/internal/settle",
        "/metrics",
        "/health/ready",
        "/v1/customers/../../internal/settle",
        "/v1/customers/%2e%2e/%2e%2e/internal/settle",
        "/v1/customers/..%2f..%2finternal/settle",
        "/v1/customers/..%5c..%5cinternal/settle",
        "//internal/settle",
        "/v1/customersx",
    ],
)
def test_what_no_route_names_does_not_exist_for_the_outside(gateway: httpx.Client, path: str) -> None:
    request = gateway.build_request("GET", "/", headers=GOOD)
    request.url = request.url.copy_with(raw_path=path.encode())
    assert gateway.send(request).status_code in (400, 404)


def test_a_body_beyond_the_limit_is_refused(gateway: httpx.Client) -> None:
    arrived(gateway.post("/v1/customers", headers=GOOD, content=bytes(BODY_LIMIT_BYTES)))
    assert gateway.post("/v1/customers", headers=GOOD, content=bytes(BODY_LIMIT_BYTES + 1)).status_code == 413


@pytest.mark.parametrize("size", [1_000, 3_000_000])
def test_evidence_is_sent_again_where_a_kept_connection_was_just_closed(gateway: httpx.Client, size: int) -> None:
    """Otherwise the caller sees 502: a body cannot be sent twice by who has passed it on (issue 5, section 4)."""
    CALLS.clear()
    answers = [gateway.post("/v1/readings", headers=GOOD, content=bytes(size)).status_code for _ in range(6)]
    assert answers == [200] * 6
    assert CALLS.count(2) > 0


def test_a_trace_begun_by_the_client_goes_on_behind_the_gateway(gateway: httpx.Client) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    begun = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    assert trace_id in arrived(gateway.get("/v1/units", headers={**GOOD, **begun}))["headers"]["traceparent"]


def test_a_stream_is_passed_on_as_it_comes_to_those_who_are_let_in(gateway: httpx.Client) -> None:
    with gateway.stream("GET", "/v1/changes", headers=GOOD) as answer:
        parts = answer.iter_lines()
        assert next(parts) == "first"
        ARRIVED.set()
        assert next(parts) == "second"
    assert gateway.get("/v1/changes").status_code == 401
    assert gateway.post("/v1/changes", headers=GOOD).status_code == 404


def test_every_service_has_a_route_and_stripe_comes_in_without_a_token() -> None:
    routes = read_routes(ROUTES.read_text())
    assert {route.service for route in routes} == set(SERVICES)
    (hook,) = [route for route in routes if "/hooks/stripe" in route.path_prefixes]
    assert (hook.service, hook.needs_token) == ("payments", False)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("{service: identity, path_prefixes: [/internal/x], auth: none}", "to the world"),
        ("{service: nobody, path_prefixes: [/v1/x], auth: none}", "nobody"),
        ("{service: quotes, path_prefixes: [v1/x], auth: none}", "no path prefix"),
        ("{service: customers, path_prefixes: [/v1/x], auth: none, streams: true}", "to anybody"),
    ],
)
def test_a_wrong_line_in_the_routing_table_is_refused(entry: str, complaint: str) -> None:
    with pytest.raises(EngineTrouble, match=complaint):
        read_routes(f"- {entry}")


def test_the_gateways_files_ask_nobody_for_news() -> None:
    assert fixed_settings("127.0.0.1:1", "127.0.0.1:2", None)["global"] == {
        "checkNewVersion": False,
        "sendAnonymousUsage": False,
    }
