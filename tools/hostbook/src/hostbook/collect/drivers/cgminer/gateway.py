"""The driver `cgminer`: one miner behind TCP 4028, whatever firmware runs on it.

It has no options and no secrets, since reads are open in this API; its port is 4028 where none is given.
"""

from __future__ import annotations

from collections.abc import Iterable

from hostbook.collect import clock
from hostbook.collect.driver import BadDevice, Device, Failure, Identity, MinerRead, Trouble
from hostbook.collect.drivers.cgminer.answers import Answers, refusal
from hostbook.collect.drivers.cgminer.family import Command, Family
from hostbook.collect.drivers.cgminer.recognise import family_of
from hostbook.collect.drivers.cgminer.repair import NotJson, document
from hostbook.collect.drivers.cgminer.wire import Place, Unanswered, exchange, question

PORT = 4028
_ALWAYS = (Command("summary"), Command("stats"), Command("pools"))
_FIRST = (Command("version"), *_ALWAYS)
_OTHER_KEY = {Command("summary"): "cmd", Command("status", "cmd"): "command", Command("get_version", "cmd"): "command"}
"""Firmwares of Whatsminer know some commands by one key or the other."""


def build(device: Device) -> Miner:
    """The driver of one miner; it knows no options of its own."""
    if device.options:
        name = min(device.options)
        raise BadDevice(f"A miner has no option {name!r}.", field=f"options.{name}", remedy="leave it out")
    return Miner(device)


class Miner:
    """One miner. Which firmware it runs is found out once, and again whenever the collector asks who it is."""

    def __init__(self, device: Device) -> None:
        self._place = Place(device.address, device.port or PORT, device.timeout_s)
        self._tries = device.retries + 1
        self._family: Family | None = None
        self._version: Answers = Answers()

    async def identify(self) -> Identity | Failure:
        """Ask what every firmware knows, recognise it, then ask what this one alone knows."""
        answers = await self._ask(_FIRST)
        if isinstance(answers, Failure):
            return answers
        family = family_of(answers)
        self._family, self._version = family, answers
        more = await self._ask(family.commands)
        everything = answers if isinstance(more, Failure) else _together(answers, more)
        unread = family.read(everything, clock.now())
        return unread if isinstance(unread, Failure) else family.identity(everything)

    async def read(self) -> MinerRead | Failure:
        """One read: three questions that all firmwares know, and those of this one."""
        if self._family is None:
            identity = await self.identify()
            if self._family is None:
                assert isinstance(identity, Failure)
                return identity
        began_at = clock.now()
        answers = await self._ask((*_ALWAYS, *self._family.commands))
        if isinstance(answers, Failure):
            return answers
        at = began_at + (clock.now() - began_at) / 2
        return self._family.read(_together(self._kept(), answers), at)

    async def close(self) -> None:
        """Nothing stays open between questions."""

    def _kept(self) -> Answers:
        """What was told once and does not change: the version."""
        known = self._version.documents
        return Answers({"version": known["version"]} if "version" in known else {})

    async def _ask(self, commands: Iterable[Command]) -> Answers | Failure:
        """Question after question; if the first gets no answer at all, the others are spared."""
        documents, failures, refusals = {}, {}, []
        for position, command in enumerate(commands):
            try:
                documents[command.name] = await self._answer(command)
            except Unanswered as trouble:
                no_one = trouble.failure.trouble in (Trouble.SILENT, Trouble.UNREACHABLE)
                if position == 0 and no_one:
                    return trouble.failure
                failures[command.name] = trouble.failure
                if trouble.refusal is not None:
                    refusals.append(trouble.refusal)
        return Answers(documents, failures, refusals)

    async def _answer(self, command: Command) -> dict[str, object]:
        try:
            return await self._patiently(command.name, command.key)
        except Unanswered as trouble:
            other = _OTHER_KEY.get(command)
            if other is None or trouble.refusal is None:
                raise
        return await self._patiently(command.name, other)

    async def _patiently(self, name: str, key: str) -> dict[str, object]:
        for attempt in range(1, self._tries + 1):
            try:
                return await self._once(name, key)
            except Unanswered as trouble:
                if attempt == self._tries or trouble.failure.trouble is not Trouble.SILENT:
                    raise
        raise AssertionError("a device is asked at least once")

    async def _once(self, name: str, key: str) -> dict[str, object]:
        raw = await exchange(self._place, question(name, key=key), _is_whole)
        try:
            answer = document(raw)
        except NotJson as error:
            what = "HTTP" if raw.startswith(b"HTTP/") else str(error)
            remedy = "the answer is broken, or this is no cgminer API"
            raise Unanswered(Trouble.NONSENSE, f"{self._place} answered {name} with {what}.", remedy) from None
        no = refusal(answer)
        if no is not None:
            code, why = no
            denied = "denied" in why.lower()
            reason = f"{self._place} refuses {name}: {why} (code {code})."
            remedy = "allow this address to read the API (api-allow)" if denied else "this firmware does not know it"
            raise Unanswered(Trouble.DENIED if denied else Trouble.NONSENSE, reason, remedy, answer)
        return answer


def _is_whole(raw: bytes) -> bool:
    if not raw.rstrip().endswith(b"}"):
        return False
    try:
        document(raw)
    except NotJson:
        return False
    return True


def _together(first: Answers, more: Answers) -> Answers:
    documents, failures = {**first.documents, **more.documents}, {**first.failures, **more.failures}
    return Answers(documents, failures, (*first.refusals, *more.refusals))
