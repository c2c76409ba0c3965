"""``voicehub send --dry-run``: the requests that would be made, fit to be shown to anybody."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from voicehub.cli import _output

if TYPE_CHECKING:
    from voicehub.cli._run import Run
    from voicehub.client import Client
    from voicehub.message import VoiceMessage
    from voicehub.provider import Request


def show(run: "Run", client: "Client", message: "VoiceMessage") -> None:
    """Print them, credentials and numbers masked."""
    from voicehub._masking import printable
    from voicehub.provider import split

    requests = client.check(message)
    caller_ids = [message.caller_id] if message.caller_id else []
    parts = split(client.provider, message)  # request by request, so that no search is for every number of the message
    shown = [masked_request(run, made, [*part.to, *caller_ids]) for made, part in zip(requests, parts, strict=True)]
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


def masked_request(run: "Run", request: "Request", numbers: list[str]) -> dict[str, Any]:
    """One request as JSON shows it: every header but the known harmless ones hidden, numbers by their last digits."""
    from voicehub._masking import hide
    from voicehub.client import credentials_in

    written = _written(*run.secrets, *credentials_in(request))
    secrets = sorted(written, key=len, reverse=True)  # one may be the beginning of another

    def masked(text: str) -> str:
        return hide(text, numbers=numbers, secrets=secrets)

    return {
        "method": request.method,
        "url": masked(request.url),
        "headers": {name: masked(value) for name, value in request.headers.items()},
        "body": masked(request.body.decode(errors="backslashreplace")),
    }


def _written(*secrets: str) -> set[str]:
    """The secrets as they may stand in a URL, a form or a JSON text."""
    forms = (str, quote, quote_plus, lambda text: json.dumps(text)[1:-1], _json)
    return {form(secret) for secret in secrets for form in forms}


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
