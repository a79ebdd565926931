"""Traefik, configured by two files made from `deploy/local/routes.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from hostbook.engines.errors import EngineTrouble
from hostbook.engines.layout import LOCAL
from hostbook.engines.part import SERVICES, Part, Setting
from hostbook.engines.probes import http_status
from hostbook.engines.temporal import installed

TOKEN_HEADER = "X-Internal-Token"  # noqa: S105 - the name of a header
LIMIT_HEADERS = ("RateLimit", "RateLimit-Policy")  # what is left of a key's limit; the service tells the client
ROUTES = LOCAL / "routes.yaml"
BODY_LIMIT_BYTES = 12 * 1024 * 1024
# What identity needs to know who asks; nothing else of the request leaves for the check.
ASKING_HEADERS = (
    *("Authorization", "Cookie", "X-Hostbook-Organization", "X-Hostbook-Portal", "X-Hostbook-Approval"),
    *("Traceparent", "Tracestate"),
    *("Origin", "Sec-Fetch-Site"),  # a cookie is honoured only when our own pages send it
    *("X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri", "X-Forwarded-For"),
)
PAGES = "customers"  # the service that has words for what the gateway has none for
_FAILED = 597
_BODIES = {"maxRequestBodyBytes": BODY_LIMIT_BYTES, "memRequestBodyBytes": 1024 * 1024}
NEVER_IN_A_PATH = ("Slash", "BackSlash", "NullCharacter", "Semicolon", "Percent", "QuestionMark", "Hash")


@dataclass(frozen=True, slots=True)
class Route:
    """Paths that begin so go to this service; `needs_token` sends the request past identity first.

    What `streams` is passed on as it comes: the limit of bodies would hold the answer back until its end. So nothing
    but GET is let through there, and only behind identity. What `repeats` is sent again where a kept connection was
    closed by the service at that very moment, or the service began anew: its calls do no harm when they come twice.
    """

    service: str
    path_prefixes: tuple[str, ...]
    needs_token: bool
    streams: bool = False
    repeats: bool = False

    @property
    def rule(self) -> str:
        rule = " || ".join(f"Path(`{prefix}`) || PathPrefix(`{prefix}/`)" for prefix in self.path_prefixes)
        return f"Method(`GET`) && ({rule})" if self.streams else rule


def read_routes(text: str) -> tuple[Route, ...]:
    """The routing table: a list of `{service, path_prefixes, auth: required | none, streams: true, repeats: true}`."""
    return tuple(_route(entry) for entry in yaml.safe_load(text))


def _route(entry: Mapping[str, Any]) -> Route:
    needs_token, streams = {"required": True, "none": False}[entry["auth"]], bool(entry.get("streams", False))
    repeats = bool(entry.get("repeats", False))
    route = Route(entry["service"], tuple(entry["path_prefixes"]), needs_token, streams, repeats)
    if route.service not in SERVICES:
        raise EngineTrouble(f"routes.yaml sends {route.path_prefixes} to {route.service!r}.", f"Use one of {SERVICES}.")
    if route.streams and not route.needs_token:
        raise EngineTrouble(f"routes.yaml streams {route.path_prefixes} to anybody.", "Write auth: required.")
    for prefix in route.path_prefixes:
        if not prefix.startswith("/") or prefix.endswith("/") or "`" in prefix:
            raise EngineTrouble(f"routes.yaml: {prefix!r} is no path prefix.", "Write it as /v1/invoices.")
        if prefix.split("/")[1] in ("internal", "metrics"):
            raise EngineTrouble(f"routes.yaml opens {prefix} to the world.", "Internal paths stay behind the gateway.")
    return route


def fixed_settings(address: str, admin_address: str, otlp_url: str | None) -> dict[str, Any]:
    """Traefik's start-up configuration; the second address is for health and metrics and is never published."""
    settings: dict[str, Any] = {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "WARN", "noColor": True},
        "ping": {"entryPoint": "admin"},
        "metrics": {"prometheus": {"entryPoint": "admin"}},
        "entryPoints": {
            "web": {
                "address": address,
                # X_Internal_Token would be read as X-Internal-Token by some servers behind us.
                "http": {
                    "aliasHeadersStrategy": "delete",
                    # No path of ours holds them, and a service may decode what a rule here did not.
                    "encodedCharacters": {f"allowEncoded{name}": False for name in NEVER_IN_A_PATH},
                },
            },
            "admin": {"address": admin_address},
        },
        "providers": {"file": {"filename": "routes.yaml", "watch": True}},
    }
    if otlp_url:
        settings["tracing"] = {"serviceName": "gateway", "otlp": {"http": {"endpoint": f"{otlp_url}/v1/traces"}}}
    return settings


def routing(routes: tuple[Route, ...], urls: Mapping[str, str]) -> dict[str, Any]:
    """Routers, services and middlewares; what no route names is answered 404 by Traefik itself."""
    routers = {
        f"{number:02}-{route.service}": {
            "entryPoints": ["web"],
            "rule": route.rule,
            "service": route.service,
            "middlewares": [
                "no-foreign-token",
                "limit-rate",
                *(["back-to-500", "say-unavailable", "ask-identity", "keep-500"] if route.needs_token else []),
                *([] if route.needs_token else ["say-away"]),
                *([] if route.streams else ["limit-body-and-repeat"] if route.repeats else ["limit-body"]),
            ],
        }
        for number, route in enumerate(routes)
    }
    services = {
        name: {"loadBalancer": {"servers": [{"url": urls[name]}], "passHostHeader": True}}
        for name in sorted({route.service for route in routes})
    }
    return {"http": {"routers": routers, "services": services, "middlewares": _middlewares(urls["identity"])}}


# Of every answer: no guessing of types, no frames, no addresses told to others; over TLS, TLS for a year.
_TO_BROWSERS = {
    "contentTypeNosniff": True,
    "frameDeny": True,
    "referrerPolicy": "no-referrer",
    "stsSeconds": 31_536_000,
}


def _middlewares(identity_url: str) -> dict[str, Any]:
    return {
        # A token comes from identity or not at all, on open routes too. An empty value removes the header.
        "no-foreign-token": {"headers": {"customRequestHeaders": {TOKEN_HEADER: ""}, **_TO_BROWSERS}},
        "ask-identity": {
            "forwardAuth": {
                "address": f"{identity_url}/internal/forward-auth",
                "trustForwardHeader": False,
                "authRequestHeaders": list(ASKING_HEADERS),
                "authResponseHeaders": [TOKEN_HEADER, *LIMIT_HEADERS],
                "maxResponseBodySize": 65_536,
            }
        },
        **_pages(),
        "limit-rate": {
            "rateLimit": {
                "average": 2_000,
                "burst": 4_000,
                "period": "1s",
                "sourceCriterion": {"requestHeaderName": "Authorization"},
            }
        },
        "limit-body": {"buffering": _BODIES},
        # A body that was sent on a dead connection is gone for Go's own client: only who holds it can send it again.
        "limit-body-and-repeat": {"buffering": _BODIES | {"retryExpression": "IsNetworkError() && Attempts() < 3"}},
    }


def _pages() -> dict[str, Any]:
    """What the gateway would say in no words of ours: that identity (500) or a service (502, 504) does not answer.

    Traefik answers an empty 500 where identity cannot be reached, which by its status is the same as a failure of the
    service behind: so that one passes by as another status, and is a 500 again outside.
    """
    return {
        "say-unavailable": _page({"500": 503, "502": 503, "504": 503}, "unavailable"),
        "say-away": _page({"502": 503, "504": 503}, "unavailable"),
        "keep-500": {"errors": {"status": ["500"], "statusRewrites": {"500": _FAILED}, "service": "ping@internal"}},
        "back-to-500": _page({str(_FAILED): 500}, "failed"),
    }


def _page(rewrites: Mapping[str, int], page: str) -> dict[str, Any]:
    asked = {"service": PAGES, "query": f"/internal/gateway/{page}"}
    return {"errors": {"status": list(rewrites), "statusRewrites": dict(rewrites), **asked}}


def gateway(setting: Setting) -> Part:
    admin_port = setting.ports["gateway-admin"]
    return Part(
        name="gateway",
        command=(installed("traefik"), "--configFile=traefik.yaml"),
        directory=setting.state.part("gateway"),
        prepare=lambda: _write(setting),
        is_ready=lambda: http_status(admin_port, "/ping") == 200,
    )


def _write(setting: Setting) -> None:
    folder = setting.state.part("gateway")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    otlp_url = setting.url("otlp") if "otlp" in setting.parts else None
    address, admin_address = (f"127.0.0.1:{setting.ports[name]}" for name in ("gateway", "gateway-admin"))
    fixed = fixed_settings(address, admin_address, otlp_url)
    routes = read_routes(ROUTES.read_text())
    urls = {name: setting.url(name) for name in SERVICES}
    (folder / "traefik.yaml").write_text(yaml.safe_dump(fixed, sort_keys=False))
    (folder / "routes.yaml").write_text(yaml.safe_dump(routing(routes, urls), sort_keys=False))
