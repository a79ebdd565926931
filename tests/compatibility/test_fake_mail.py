"""The mail sink: every accepted mail is a file, refusals are scripted, a kill loses nothing accepted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
import pytest_asyncio

from hostbook.fakes.mail.folder import Folder
from support.processes import Program, free_port, listening


@pytest_asyncio.fixture(scope="module")
async def sink(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Program, Path, int]]:
    folder, smtp, http = tmp_path_factory.mktemp("mail"), free_port(), free_port()
    arguments = ["--smtp-port", str(smtp), "--dir", str(folder), "--http-port", str(http)]
    program = Program("hostbook.fakes.mail", arguments, smtp)
    await program.start()
    await listening(http)
    yield program, folder, http
    await program.stop()


def _mail(subject: str, to: str = "billing@permian.example") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "invoices@host.example", to, subject
    mail.set_content("Your invoice is attached. Größe: 1 × A4.")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="INV-1.pdf")
    return mail


async def _send(program: Program, mail: EmailMessage) -> None:
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=program.port, start_tls=False)


async def test_a_mail_becomes_a_file_and_a_line(sink: tuple[Program, Path, int]) -> None:
    program, folder, http = sink
    await _send(program, _mail("Invoice INV-1 — März"))
    row = Folder(folder).rows()[-1]
    assert row["subject"] == "Invoice INV-1 — März"
    assert row["to"] == ["billing@permian.example"]
    assert row["attachments"] == ["INV-1.pdf"]
    kept = message_from_bytes((folder / row["file"]).read_bytes(), policy=policy.default)
    assert [part.get_content() for part in kept.iter_attachments()] == [b"%PDF-1.7"]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http}") as client:
        assert (await client.get("/mails")).json()[-1] == row
        assert (await client.get(f"/mails/{row['file']}")).content == (folder / row["file"]).read_bytes()
        assert (await client.get("/mails/../faults.json")).status_code == 404


async def test_a_scripted_recipient_is_refused_for_good_and_a_busy_server_for_now(
    sink: tuple[Program, Path, int],
) -> None:
    program, folder, _ = sink
    Folder(folder).script({"refuse": ["gone@permian.example"], "temporary": 1})
    before = len(Folder(folder).rows())
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await _send(program, _mail("one", "gone@permian.example"))
    assert refused.value.recipients[0].code == 550
    with pytest.raises(aiosmtplib.SMTPDataError) as busy:
        await _send(program, _mail("two"))
    assert busy.value.code == 451
    await _send(program, _mail("two"))
    assert [row["subject"] for row in Folder(folder).rows()[before:]] == ["two"]


async def test_a_kill_loses_no_accepted_mail(sink: tuple[Program, Path, int]) -> None:
    program, folder, _ = sink
    await _send(program, _mail("kept"))
    await program.kill()
    index = folder / "index.jsonl"
    lines = index.read_text().splitlines()
    index.write_text("\n".join(lines[:-1]) + "\n" + lines[-1][:20])
    await program.start()
    await _send(program, _mail("after"))
    assert [row["subject"] for row in Folder(folder).rows()][-2:] == ["kept", "after"]
    assert all(json.dumps(row) for row in Folder(folder).rows())
