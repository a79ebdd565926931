"""OpenID Connect: the way to an organization's provider, and who it says came back (code with PKCE, state, nonce)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.deprecate import AuthlibDeprecationWarning
from authlib.integrations.base_client import OAuthError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from common.errors import RuleBroken
from identity.gateways.guarded_transport import GuardedTransport

with warnings.catch_warnings():  # it would rather have httpx2, which is not what the rest of us speaks
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

_SCOPE = "openid email profile"
_SIGNED_BY = ["RS256", "ES256", "PS256", "EdDSA"]
_TIMEOUT_S = 8


class SsoRefused(RuleBroken):
    """The provider did not say who it is, or said something that cannot be believed."""

    code = "sso_refused"
    status = 401


@dataclass(frozen=True, slots=True)
class Provider:
    """Whom to ask, and as whom."""

    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Journey:
    """What ties the way there to the way back: `state` is shown to the provider, the others never leave us."""

    state: str
    nonce: str
    verifier: str


class SingleSignOn:
    """`redirect_url` is where every provider sends people back to."""

    def __init__(self, redirect_url: str, *, private_networks: bool) -> None:
        self._redirect_url, self._private_networks = redirect_url, private_networks

    async def check(self, provider: Provider) -> None:
        """Refuse an issuer that does not answer as a provider."""
        async with self._client(provider) as client:
            await self._particulars(client, provider)

    async def way_out(self, provider: Provider, journey: Journey) -> str:
        """The address at the provider to which the browser is sent."""
        async with self._client(provider) as client:
            place = (await self._particulars(client, provider))["authorization_endpoint"]
            address, _ = client.create_authorization_url(
                place, state=journey.state, nonce=journey.nonce, code_verifier=journey.verifier
            )
            return str(address)

    async def arrival(self, provider: Provider, journey: Journey, code: str) -> Mapping[str, Any]:
        """The claims about the person, signed by the provider for us and for this journey."""
        async with self._client(provider) as client:
            about = await self._particulars(client, provider)
            try:
                token = await client.fetch_token(about["token_endpoint"], code=code, code_verifier=journey.verifier)
                keys = (await client.request("GET", about["jwks_uri"], withhold_token=True)).json()
                claims = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=_SIGNED_BY).claims
                _expected(provider, journey, about["issuer"]).validate(claims)
            except (OAuthError, JoseError, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                raise SsoRefused("The provider's answer was not accepted.", remedy="start again") from error
        return claims

    def _client(self, provider: Provider) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            provider.client_id, provider.client_secret, scope=_SCOPE, redirect_uri=self._redirect_url,
            code_challenge_method="S256", timeout=_TIMEOUT_S,
            transport=GuardedTransport(private_networks=self._private_networks),
        )  # fmt: skip

    async def _particulars(self, client: AsyncOAuth2Client, provider: Provider) -> dict[str, Any]:
        try:
            place = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            about: dict[str, Any] = (await client.request("GET", place, withhold_token=True)).raise_for_status().json()
            if about["issuer"].rstrip("/") != provider.issuer.rstrip("/"):
                raise ValueError(about["issuer"])
            _ = about["authorization_endpoint"], about["token_endpoint"], about["jwks_uri"]
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SsoRefused(
                "The provider does not say who it is.", field="issuer", remedy="the issuer as the provider names itself"
            ) from error
        return about


def _expected(provider: Provider, journey: Journey, issuer: str) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=30,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": journey.nonce},
        exp={"essential": True},
        sub={"essential": True},
    )
