"""Challenges callers for the login of a trunk (digest, RFC 3261 section 22), as LiveKit's SIP service does."""

import hashlib
import re
import secrets
from collections import OrderedDict

from lab.sip.stack import Refusal, SipMessage

REALM = "LiveKit"
"""If the trunk names no other."""
_KEPT = 500
_WRONG = Refusal(401, "Unauthorized")
_FIELDS = re.compile(r'([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


class Challenges:
    """The nonces that were sent, by Call-ID: the latest 500."""

    def __init__(self) -> None:
        self._nonces: OrderedDict[str, str] = OrderedDict()

    def refusal(self, invite: SipMessage, user: str, password: str, realm: str = "") -> Refusal | None:
        """None for an INVITE that answers an earlier challenge of the same Call-ID with this login."""
        realm = realm or REALM
        if not (given := invite.header("Proxy-Authorization")):
            nonce = self._nonces[invite.call_id] = secrets.token_hex(16)
            while len(self._nonces) > _KEPT:
                self._nonces.popitem(last=False)
            challenge = f'Digest realm="{realm}", nonce="{nonce}", algorithm=MD5'
            return Refusal(407, "Unauthorized", f"Proxy-Authenticate: {challenge}")
        answer = _fields(given)
        nonce = self._nonces.get(invite.call_id)
        if nonce is None or answer.get("username") != user:
            return _WRONG
        owner = _md5(f"{user}:{realm}:{password}")
        request = _md5(f"INVITE:{answer.get('uri', '')}")
        expected = _md5(f"{owner}:{nonce}:{request}")
        right = secrets.compare_digest(answer.get("response", "").encode(), expected.encode())
        return None if right else _WRONG


def _fields(header: str) -> dict[str, str]:
    """The fields of `Digest username="…", response="…"`; empty for another scheme."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    return {name.lower(): quoted or bare for name, quoted, bare in _FIELDS.findall(rest)}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
