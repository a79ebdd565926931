"""A logo as it came, drawn anew: whatever hides in the file that was sent does not reach anybody's browser."""

from __future__ import annotations

import io
import warnings

from PIL import Image

from common.errors import RuleBroken

MOST_BYTES = 2 * 1024 * 1024
SMALLEST, SHOWN = 200, 512
_MOST_PIXELS = 4096
_FORMATS = ("PNG", "JPEG", "WEBP")


class BadLogo(RuleBroken):
    """Not a picture that can be a logo."""

    code = "bad_logo"


def drawn_anew(sent: bytes) -> bytes:
    """A square PNG of at most 512 pixels a side, without anything else that the file held."""
    if len(sent) > MOST_BYTES:
        raise BadLogo(f"The logo has {len(sent):,} bytes.", field="logo", remedy="at most 2 MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(sent), formats=_FORMATS)
            _check_size(*picture.size)
            picture.load()
    except BadLogo:
        raise
    except Exception as error:  # the readers of pictures fail in as many ways as there are broken pictures
        raise BadLogo("This is no picture that we know.", field="logo", remedy="PNG, JPEG or WebP") from error
    fresh = Image.new("RGBA", picture.size)
    fresh.paste(picture.convert("RGBA"))
    if fresh.width > SHOWN:
        fresh = fresh.resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    fresh.save(written, "PNG", optimize=True)
    return written.getvalue()


def _check_size(width: int, height: int) -> None:
    if width != height:
        raise BadLogo(f"The logo is {width} x {height} pixels.", field="logo", remedy="a square picture")
    if not SMALLEST <= width <= _MOST_PIXELS:
        raise BadLogo(
            f"The logo is {width} pixels a side.", field="logo", remedy=f"{SMALLEST} to {_MOST_PIXELS} pixels a side"
        )
