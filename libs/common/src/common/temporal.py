"""Temporal client and worker: encrypted payloads, one trace, activities that know business errors from passing ones."""

import base64
import dataclasses
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DefaultFailureConverterWithEncodedAttributes, PayloadCodec
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from common.db import Database
from common.wakeups import RestActivity

_ENCODING = b"binary/encrypted"
Activity = Callable[..., Any]


class EncryptedPayloads(PayloadCodec):
    """AES-GCM over every payload in the histories; of keys with commas between the first seals, and each opens."""

    def __init__(self, keys: str) -> None:
        self._ciphers = [AESGCM(base64.b64decode(key)) for key in keys.split(",")]

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._sealed(p.SerializeToString(), os.urandom(12)) for p in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._opened(p) for p in payloads]

    def _sealed(self, plain: bytes, nonce: bytes) -> Payload:
        return Payload(metadata={"encoding": _ENCODING}, data=nonce + self._ciphers[0].encrypt(nonce, plain, None))

    def _opened(self, payload: Payload) -> Payload:
        for cipher in self._ciphers if payload.metadata.get("encoding") == _ENCODING else ():
            with suppress(InvalidTag):
                return Payload.FromString(cipher.decrypt(payload.data[:12], payload.data[12:], None))
        return payload


async def connect(address: str, namespace: str, payload_key: str) -> Client:
    """A client of the namespace whose payloads and failures are encrypted with the key (base64, 32 bytes)."""
    converter = dataclasses.replace(
        pydantic_data_converter, payload_codec=EncryptedPayloads(payload_key),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )  # fmt: skip
    tracing = [TracingInterceptor()]
    return await Client.connect(address, namespace=namespace, data_converter=converter, interceptors=tracing)


def new_worker(
    client: Client, service: str, database: Database, workflows: Sequence[type], activities: Sequence[Activity]
) -> Worker:
    """A worker on the service's task queue; adds the activity by which workflows come to rest."""
    outside = ("common", "pydantic", "events", "opentelemetry", "uuid_utils", service)
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*outside)
    return Worker(
        client, task_queue=service, workflows=list(workflows), activities=[RestActivity(database).rest, *activities],
        workflow_runner=SandboxedWorkflowRunner(restrictions=restrictions), max_concurrent_activities=16,
        graceful_shutdown_timeout=timedelta(seconds=5),
    )  # fmt: skip
