"""`/auth` and `/host/<slug>/auth`: one plain page on which a mailed link takes a click. The same for every slug.

The link's secret stands behind the `#`: neither servers nor mail scanners see it, and looking does nothing.
"""

from __future__ import annotations

import base64
import hashlib

from fastapi import Response

from common.http import PUBLIC, allow, new_router

router = new_router("pages")
_SCRIPT = """
const [purpose, token] = location.hash.slice(1).split("=");
history.replaceState(null, "", location.pathname);
const uses = {
  invitation: ["invitations/accept", ["email", "name", "password"], "Accept the invitation"],
  sign_in: ["magic-link/use", [], "Sign in"],
  reset: ["password-reset/use", ["password"], "Choose this password"],
  email: ["email/use", [], "This is my address"],
};
const use = uses[purpose], form = document.forms[0], said = document.getElementById("said");
if (!use || !token) said.textContent = "Open this page by the link in your mail.";
else {
  for (const name of use[1]) document.getElementById(name).hidden = false;
  form.hidden = false;
  form.querySelector("button").textContent = use[2];
  form.onsubmit = async (event) => {
    event.preventDefault();
    const body = { token };
    for (const name of use[1]) body[name] = form.elements[name].value || null;
    const answer = await fetch("/v1/auth/" + use[0], {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const told = answer.status === 204 ? {} : await answer.json();
    if (answer.ok) form.hidden = true;
    said.textContent = answer.ok
      ? (told.second_factor ? "One more step: your second factor." : "Done. You may go on.")
      : told.detail;
  };
}
"""
_PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in</title>
<h1>Sign in</h1>
<p id="said" role="status"></p>
<form hidden>
<p id="email" hidden><label>E-mail <input name="email" type="email" autocomplete="email"></label></p>
<p id="name" hidden><label>Name <input name="name" autocomplete="name"></label></p>
<p id="password" hidden><label>Password
<input name="password" type="password" autocomplete="new-password"></label></p>
<button></button>
</form>
<script>{_SCRIPT}</script>
</html>
"""
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; script-src 'sha256-{_HASH}'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def _page() -> Response:
    return Response(_PAGE, media_type="text/html; charset=utf-8", headers=_HEADERS)


@router.get("/auth", response_class=Response, **allow(PUBLIC))
async def for_the_host() -> Response:
    """The page for the host's own people."""
    return _page()


@router.get("/host/{slug}/auth", response_class=Response, **allow(PUBLIC))
async def for_customers(slug: str) -> Response:
    """The page for a host's customers; whatever the short name, it is the same."""
    del slug
    return _page()
