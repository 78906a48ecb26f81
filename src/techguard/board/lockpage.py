"""A web page that holds another one, encrypted, and opens it in the browser: no server, no request.

AES-256-GCM under a key that PBKDF2-HMAC-SHA-256 derives from the password: in the browser by its own
WebCrypto (W3C), here by `cryptography`. The iterations are those that OWASP asks for (Password Storage Cheat
Sheet: 600,000); they buy little against somebody who has the file and time: the password must carry it.
"""

from __future__ import annotations

import base64
import re
import secrets
from html import escape
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from techguard.i18n import Language, translator

from .webpage import document, hash_of, style, text_of

ITERATIONS: Final = 600_000
MOST_ITERATIONS: Final = 10_000_000
SCHEME: Final = "techguard html 1"

_HOLDS = re.compile(
    rb'<pre id="sealed" hidden data-scheme="techguard html 1" data-iterations="(\d{1,8})"'
    rb' data-salt="([\w+/=]+)" data-iv="([\w+/=]+)"[^>]*>([\w+/=]+)</pre>'
)


def lock(html: bytes, password: str, language: Language, mark: str = "") -> bytes:
    """A page around `html` that shows it to whoever types the password. Its words are in `language`; `mark`
    stands in it in the clear.
    """
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(12)
    closed = AESGCM(_key(password, salt, ITERATIONS)).encrypt(iv, html, SCHEME.encode())
    t = translator(language)
    title = t.gettext("Sealed document")
    said = {
        "working": t.gettext("Opening …"),
        "wrong": t.gettext("The password does not open this file, or the file was altered. Try once more."),
        "old": t.gettext(
            "This browser cannot open it. Use a current version of Edge, Chrome, Firefox or Safari."
        ),
    }
    scripts = t.gettext("Allow scripts for this file to open it. It sends nothing anywhere.")
    data = {
        "scheme": SCHEME,
        "iterations": str(ITERATIONS),
        "salt": _text(salt),
        "iv": _text(iv),
        **({"mark": mark} if mark else {}),
        **said,
    }
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    script, own = text_of("lock.js"), text_of("lock.css")
    body = f"""<main id="closed">
<h1>{escape(title)}</h1>
<noscript><p>{escape(scripts)}</p></noscript>
<form id="lock" hidden>
<label for="password">{escape(t.gettext("Password"))}</label>
<input id="password" type="password" autocomplete="off" spellcheck="false" required>
<button id="open">{escape(t.gettext("Open"))}</button>
</form>
<p id="said" role="status"></p>
<p class="quiet">{escape(t.gettext("It is opened on this machine and is not sent anywhere."))}</p>
</main>
<div id="opened" hidden>
<nav><button id="print">{escape(t.gettext("Print"))}</button>
<button id="close">{escape(t.gettext("Close"))}</button></nav>
</div>
<pre id="sealed" hidden{attributes}>{_text(closed)}</pre>
<script>{script}</script>"""
    styles = f"{hash_of(own)} {hash_of(style())}"
    return document(language, title, body, own=own, script_src=hash_of(script), style_src=styles).encode()


def unlock(page: bytes, password: str) -> bytes:
    """What is inside. Raises ValueError if it is no such page, `InvalidTag` if the password is another."""
    found = _HOLDS.search(page)
    if found is None or not 1 <= int(found[1]) <= MOST_ITERATIONS:
        raise ValueError("not a page that techguard sealed")
    salt, iv, closed = (base64.b64decode(part, validate=True) for part in found.groups()[1:])
    return AESGCM(_key(password, salt, int(found[1]))).decrypt(iv, closed, SCHEME.encode())


def _key(password: str, salt: bytes, iterations: int) -> bytes:
    kdf = PBKDF2HMAC(algorithm=SHA256(), length=32, salt=salt, iterations=iterations)
    return kdf.derive(password.encode())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


__all__ = ["ITERATIONS", "InvalidTag", "lock", "unlock"]
