"""The engines for the fault stories of reads: PostgreSQL on a disk small enough to be filled, and Kafka."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hostbook.engines.stack import Stack
from support.engines import session_folder
from support.storm.disk import Disk, small_disk


@pytest.fixture(scope="session")
def engines_on_a_small_disk() -> Iterator[tuple[Stack, Disk]]:
    with (
        session_folder() as folder,
        small_disk(folder / "postgres", megabytes=900) as disk,
        Stack(folder, parts=("postgres", "kafka"), durable=False) as stack,
    ):
        yield stack, disk
