"""``voicehub send --dry-run``: prints the requests that would be made, without secrets and full numbers."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urlsplit

from voicehub.cli import _output

if TYPE_CHECKING:
    from voicehub.cli._run import Run
    from voicehub.client import Client
    from voicehub.message import VoiceMessage
    from voicehub.provider import Request


def show(run: "Run", client: "Client", message: "VoiceMessage") -> None:
    """Print the requests, with credentials and numbers masked."""
    from voicehub._masking import printable
    from voicehub.provider import split

    requests = client.check(message)
    caller_ids = [message.caller_id] if message.caller_id else []
    parts = split(client.provider, _with_a_file(message))  # each request is searched for its own numbers only
    url = getattr(message.content, "url", None)
    shown = [
        masked_request(run, made, [*part.to, *caller_ids], url) for made, part in zip(requests, parts, strict=True)
    ]
    if run.as_json:
        _output.as_json({"account": run.account, "provider": run.provider, "requests": shown})
        return
    noun = "request" if len(shown) == 1 else "requests"
    lines = [f"{len(shown)} {noun} by account {run.account} ({run.provider}); nothing was sent"]
    for request in shown:
        lines += ["", f"{request['method']} {request['url']}"]
        lines += [f"{name}: {value}" for name, value in request["headers"].items()]
        lines += ["", request["body"]]
    _output.data("\n".join(map(printable, lines)))


def _with_a_file(message: "VoiceMessage") -> "VoiceMessage":
    """The message with an uploaded recording in place of a file or name, which does not change the split."""
    from voicehub.message import AudioFile, NamedAudio, UploadedAudio

    later = isinstance(message.content, NamedAudio | AudioFile)
    return message.model_copy(update={"content": UploadedAudio("any")}) if later else message


def masked_request(run: "Run", request: "Request", numbers: list[str], audio_url: str | None = None) -> dict[str, Any]:
    """One request for JSON: every header hidden except known harmless ones, numbers cut to their last digits.

    In ``audio_url``, wherever it occurs, user, password and query values are hidden, because they may grant access.
    """
    from voicehub._masking import hide
    from voicehub.client import credentials_in

    bare, keys = _without_keys(audio_url or "")
    written = _written(*run.secrets, *credentials_in(request), *keys)
    secrets = sorted(written, key=len, reverse=True)  # one may be the beginning of another
    urls = sorted(_written(audio_url), key=len, reverse=True) if keys and audio_url else []

    def masked(text: str) -> str:
        for url in urls:  # as a whole, because a key may be too short to be searched for
            text = text.replace(url, bare)
        return hide(text, numbers=numbers, secrets=secrets)

    return {
        "method": request.method,
        "url": masked(request.url),
        "headers": {name: masked(value) for name, value in request.headers.items()},
        "body": masked(request.body.decode(errors="backslashreplace")),
    }


def _without_keys(url: str) -> tuple[str, set[str]]:
    """The URL without its secrets, and these secrets."""
    from voicehub._masking import HIDDEN

    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    pairs = [pair.partition("=") for pair in parts.query.split("&")] if parts.query else []
    query = "&".join(f"{name}={HIDDEN}" if equals else HIDDEN for name, equals, _ in pairs)
    keys = {user, user.partition(":")[2], *(value if equals else name for name, equals, value in pairs)} - {""}
    return parts._replace(netloc=f"{HIDDEN}@{host}" if at else host, query=query).geturl(), keys


def _written(*secrets: str) -> set[str]:
    """The secrets as they may be written in a URL, a form or a JSON text."""
    forms = (str, quote, quote_plus, lambda text: json.dumps(text)[1:-1], _json)
    return {form(secret) for secret in secrets for form in forms}


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
