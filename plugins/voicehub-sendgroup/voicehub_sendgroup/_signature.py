"""The signed headers: MD5 over key, secret and timestamp. It covers neither path nor body, so ``Sign`` is a secret.

The formula and its test vector stand on both vendors' pages.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

from voicehub.provider import Refusal, RefusalKind

if TYPE_CHECKING:
    from voicehub_sendgroup._provider import SendGroupSettings

CONTENT_TYPE = "application/json;charset=UTF-8"
TOLERANCE_SECONDS = 30 * 60  # older pages: "within half an hour"; newer pages keep the code and leave the number out


class Account:
    """The account data that requests carry, read once: each reading of a secret costs as much as a call."""

    def __init__(self, settings: "SendGroupSettings", path: str) -> None:
        self.address = settings.url(path)
        self.app_id = settings.app_id
        self._key, self._secret = settings.api_key.get_secret_value(), settings.api_secret.get_secret_value()
        self._signed: tuple[int, dict[str, str]] = (0, self._sign("0"))

    def headers(self, now: float) -> dict[str, str]:
        """The four headers of every call; one timestamp, in whole seconds, for header and digest alike."""
        second = int(now)
        at, headers = self._signed
        if second != at:
            headers = self._sign(f"{second}")
            self._signed = second, headers
        return headers.copy()

    def _sign(self, timestamp: str) -> dict[str, str]:
        sign = _digest(self._key, self._secret, timestamp)
        return {"content-type": CONTENT_TYPE, "api-key": self._key, "timestamp": timestamp, "sign": sign}


def objection(settings: "SendGroupSettings", given: Mapping[str, str], now: float) -> Refusal | None:
    """Why the vendor would reject this caller; ``None``: it would not. The digest's case does not matter."""
    timestamp = given.get("timestamp", "")
    key, secret = settings.api_key.get_secret_value(), settings.api_secret.get_secret_value()
    known = hmac.compare_digest(given.get("api-key", "").encode(), key.encode())
    signed = hmac.compare_digest(given.get("sign", "").lower().encode(), _digest(key, secret, timestamp).encode())
    if not (known and signed):
        return Refusal(RefusalKind.AUTH, "-1", "key or signature refused")
    on_time = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 15
    if not on_time or abs(int(timestamp) - now) > TOLERANCE_SECONDS:
        return Refusal(RefusalKind.CLOCK, "-16", "timestamp outside the window")
    if given.get("content-type", "").replace(" ", "").lower() != CONTENT_TYPE.lower():
        return Refusal(RefusalKind.REQUEST, "-22", f"content-type is not {CONTENT_TYPE}")
    return None


def _digest(key: str, secret: str, timestamp: str) -> str:
    text = f"{key}{secret}{timestamp}".encode("utf-8", "surrogatepass")
    return hashlib.md5(text, usedforsecurity=False).hexdigest()
