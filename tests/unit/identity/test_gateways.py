"""Pictures drawn anew, codes of an app, addresses that may be asked, secrets that open for their purpose alone."""

import base64
import io

import pyotp
import pytest
from cryptography.exceptions import InvalidTag
from PIL import Image
from temporalio.api.common.v1 import Payload

from common.temporal import EncryptedPayloads
from identity.gateways import one_time_codes
from identity.gateways.guarded_transport import is_public
from identity.gateways.logo_pictures import MOST_BYTES, SHOWN, BadLogo, drawn_anew
from identity.gateways.sealing import Sealing

KEY = base64.b64encode(bytes(range(32))).decode()


def picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB", **more: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, (width, height), 5).save(written, kind, **more)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_without_whatever_else_the_file_held(kind: str) -> None:
    sent = picture(800, 800, kind) + b"<script>alert(1)</script>"
    drawn = drawn_anew(sent)
    assert b"script" not in drawn
    shown = Image.open(io.BytesIO(drawn))
    assert (shown.format, shown.size, shown.info) == ("PNG", (SHOWN, SHOWN), {})
    assert Image.open(io.BytesIO(drawn_anew(picture(200, 200, kind)))).size == (200, 200)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (picture(199, 199), "199 pixels a side"),
        (picture(300, 200), "300 x 200"),
        (picture(4097, 4097, mode="1"), "4097 pixels"),
        (picture(300, 300, "GIF"), "no picture that we know"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (b"", "no picture"),
        (picture(300, 300)[:200], "no picture"),
        (bytes(MOST_BYTES + 1), "2,097,153 bytes"),
    ],
)
def test_what_cannot_be_a_logo_is_refused_with_a_sentence(sent: bytes, said: str) -> None:
    with pytest.raises(BadLogo, match=said) as refused:
        drawn_anew(sent)
    assert refused.value.field == "logo"
    assert refused.value.remedy


def test_a_code_counts_in_its_half_minute_and_in_the_ones_beside_it() -> None:
    secret = one_time_codes.new_secret()
    code = pyotp.TOTP(secret).at(1_000_000_000)
    for seconds in (-30, 0, 30):
        assert one_time_codes.step_of(secret, f" {code} ", 1_000_000_000 + seconds) == 1_000_000_000 // 30
    for seconds in (-90, 90):
        assert one_time_codes.step_of(secret, code, 1_000_000_000 + seconds) is None
    assert one_time_codes.step_of(secret, "12345x", 1_000_000_000) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *(("8.8.8.8", True), ("2001:4860:4860::8888", True), ("127.0.0.1", False), ("10.1.2.3", False)),
        *(("169.254.169.254", False), ("0.0.0.0", False), ("::1", False), ("::ffff:127.0.0.1", False)),
        *(("::ffff:169.254.169.254", False), ("fe80::1%eth0", False), ("fd00::1", False), ("100.64.0.1", False)),
        *(("2002:7f00:1::", False), ("224.0.0.1", False), ("192.168.0.1", False)),
    ],
)
def test_only_what_the_world_can_reach_is_asked(address: str, expected: bool) -> None:
    """API7: providers and pictures by address never lead into our own network."""
    assert is_public(address) is expected


def test_what_is_sealed_opens_for_its_purpose_alone_and_never_looks_the_same() -> None:
    sealing = Sealing(KEY)
    sealed = sealing.seal(b"secret", "totp")
    assert sealing.opened(sealed, "totp") == b"secret"
    assert sealed != sealing.seal(b"secret", "totp")
    for purpose, changed in (("mail", sealed), ("totp", sealed[:-1] + bytes([sealed[-1] ^ 1]))):
        with pytest.raises(InvalidTag):
            sealing.opened(changed, purpose)
    assert sealing.derived("a", "x") != sealing.derived("b", "x")


async def test_a_new_key_opens_what_the_former_one_sealed_and_seals_it_anew() -> None:
    """ASVS 11.1.1: identity's secrets, and what lies in workflows' histories."""
    new = base64.b64encode(bytes(range(1, 33))).decode()
    former, both, alone = Sealing(KEY), Sealing(f"{new},{KEY}"), Sealing(new)
    sealed = former.seal(b"secret", "totp")
    assert both.opened(sealed, "totp") == b"secret"
    anew = both.anew(sealed, "totp")
    assert anew is not None
    assert (alone.opened(anew, "totp"), both.anew(anew, "totp")) == (b"secret", None)
    with pytest.raises(InvalidTag):
        alone.opened(sealed, "totp")
    payload = Payload(metadata={"encoding": b"json/plain"}, data=b'"secret"')
    kept = await EncryptedPayloads(KEY).encode([payload])
    assert await EncryptedPayloads(f"{new},{KEY}").decode(kept) == [payload]
    assert await EncryptedPayloads(new).decode(kept) == kept
