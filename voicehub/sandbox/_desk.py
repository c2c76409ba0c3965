"""`Desk`: the vendor's side of one request, pure. All it needs of a vendor is the provider."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from voicehub._masking import mask_number
from voicehub.errors import ConfigError, RefusalKind
from voicehub.message import VoiceMessage
from voicehub.provider import Ability, Provider, Refusal, Reply, Request
from voicehub.receipt import Outcome
from voicehub.sandbox._archive import Archive
from voicehub.sandbox._faults import REFUSALS
from voicehub.sandbox._script import Script

#: The answer of a gateway when the vendor's own answer is lost: it proves nothing.
BAD_GATEWAY = Reply(
    502,
    {"content-type": "text/html"},
    b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
)


class Dialled(NamedTuple):
    """One callee that a simulated vendor accepted: a real one would ring it now.

    ``callee`` is E.164 with ``+``; ``call_id`` is ``None`` for vendors that give none; ``at`` Unix time in seconds.
    """

    account: str
    provider: str
    callee: str
    call_id: str | None
    at: float

    def __repr__(self) -> str:
        return (
            f"Dialled(account={self.account!r}, provider={self.provider!r}, callee={mask_number(self.callee)!r}, "
            f"call_id={self.call_id!r}, at={self.at})"
        )


class Desk:
    """Answers for accounts as their vendors would: ``desk(request, now, serial) -> (reply, accepted callees)``.

    ``providers`` maps an account's name to its provider, on the settings and limits the account uses. A request goes to
    the longest base URL that its URL begins with. Accounts of one provider may share a base URL: the first that takes
    the request answers. ``script`` ``None``: the default `Script`.

    Raises `ConfigError` if different providers share a base URL, because a request could be for either.
    """

    def __init__(self, providers: Mapping[str, Provider], script: Script | None = None) -> None:
        self._providers = dict(providers)
        self._script = script or Script()
        self._accounts_at: dict[str, list[str]] = {}
        for account, provider in self._providers.items():
            neighbours = self._accounts_at.setdefault(provider.settings.base_url, [])
            neighbours.append(account)
            first = self._providers[neighbours[0]]
            if first.name != provider.name:
                one, other = f"{first.name} (account {neighbours[0]})", f"{provider.name} (account {account})"
                raise ConfigError(
                    f"providers {one} and {other} collide: both are served at {provider.settings.base_url}; "
                    "give one account a base_url with another path"
                )

    def __call__(
        self,
        request: Request,
        now: float,
        serial: int,
        fault: str | None = None,
        *,
        archive: Archive | None = None,
    ) -> tuple[Reply, tuple[Dialled, ...]]:
        """The vendor's reply, and the callees it dials.

        ``now``: Unix time in seconds. ``serial`` numbers the requests and makes the call ids. ``fault``: one of
        `FAULTS`; those of the connection have no effect here. ``archive`` is what the vendors remember between requests
        (``None``: nothing).
        """
        archive = Archive() if archive is None else archive
        accounts = self._accounts_for(request.url)
        if not accounts:
            return self._not_found(), ()
        account, ability, read = self._admit(accounts, request, now)
        provider = self._providers[account]
        if ability is not None:
            return self._tell(account, ability, read, now, fault, archive), ()
        if not isinstance(read, VoiceMessage):
            return provider.answer_to(None, read), ()
        result = self._judge(provider, read, serial, fault)
        if isinstance(result, Refusal):
            return provider.answer_to(read, result), ()
        taken = [row for row in result if row.status == "accepted"]
        dialled = tuple(Dialled(account, provider.name, row.callee, row.call_id, now) for row in taken)
        archive.keep(account, provider, read, taken, now, self._script)
        left_out = {row.callee for row in taken if self._script.ending_of(row.callee) == "missing"}
        if fault == "missing-row":
            left_out.update(row.callee for row in taken[:1])
        said = [row for row in result if row.callee not in left_out]
        if left_out and (provider.call_ids != "callee" or not said):
            return BAD_GATEWAY, dialled  # without rows, or with only this callee, no answer can leave it out
        return provider.answer_to(read, said), dialled

    def reports(self, archive: Archive, after: float, until: float, urls: Mapping[str, str]) -> list[Request]:
        """The vendors' reports of calls that rang, were answered or ended after ``after`` and not after ``until``.

        ``urls``: where to push them, by account; other accounts, and vendors without reports, have none.
        """
        pushed = []
        for moment, call in archive.happened(after, until) if urls else ():
            provider = self._providers[call.account]
            if provider.reports is not None and call.account in urls:
                pushed.append(provider.reports(provider).encode([call.record(moment)], urls[call.account]))
        return pushed

    def _accounts_for(self, url: str) -> list[str]:
        bases = [base for base in self._accounts_at if url.startswith(base) and url[len(base) :][:1] in ("", "/", "?")]
        return self._accounts_at[max(bases, key=len)] if bases else []

    def _not_found(self) -> Reply:
        served = "".join(f"{base} {self._providers[names[0]].name}\n" for base, names in self._accounts_at.items())
        text = f"No account is served at this address. There are:\n{served}"
        return Reply(404, {"content-type": "text/plain; charset=utf-8"}, text.encode())

    def _admit(
        self, accounts: Sequence[str], request: Request, now: float
    ) -> tuple[str, Ability[Any, Any] | None, Any]:
        """The account that takes the request; else the first that accepts its credentials; else the first.

        Also the ability that read the request if it is a question, and what was read.
        """
        refused = []
        for account in accounts:
            ability, read = _read(self._providers[account], request, now)
            if not isinstance(read, Refusal):
                return account, ability, read
            refused.append((account, ability, read))
        return min(refused, key=lambda found: found[2].kind is RefusalKind.AUTH)

    def _tell(
        self,
        account: str,
        ability: Ability[Any, Any],
        read: Any,
        now: float,
        fault: str | None,
        archive: Archive,
    ) -> Reply:
        if isinstance(read, Refusal):
            return ability.answer(None, read)
        refusal = _struck(ability.provider, fault)
        return ability.answer(read, refusal or archive.tell(account, ability.provider, read, now))

    def _judge(
        self, provider: Provider, message: VoiceMessage, serial: int, fault: str | None
    ) -> Sequence[Outcome] | Refusal:
        if refusal := _struck(provider, fault):
            return refusal
        unwanted = {callee for callee in message.to if self._script.ending_of(callee) == "refused"}
        if unwanted and provider.callee_refusal_code is None:
            return _refusal(provider, RefusalKind.REQUEST, "the sandbox refuses a scripted number")
        no = Outcome("", "refused", None, provider.callee_refusal_code, "the sandbox refuses this scripted number")
        return [
            no._replace(callee=callee)
            if callee in unwanted
            else Outcome(callee, "accepted", _call_id(provider, serial, position))
            for position, callee in enumerate(message.to)
        ]


def _read(provider: Provider, request: Request, now: float) -> tuple[Ability[Any, Any] | None, Any]:
    for made in provider.abilities.values():
        ability = made(provider)
        if (read := ability.parse(request, now)) is not None:
            return ability, read
    return None, provider.parse(request, now)


def _struck(provider: Provider, fault: str | None) -> Refusal | None:
    """The refusal that plays this fault; ``None``: the fault is no refusal, or the vendor has no code for it."""
    kind = REFUSALS.get(fault or "")
    refusal = kind and _refusal(provider, kind, f"sandbox fault {fault}")
    return refusal if refusal and refusal.code is not None else None


def _refusal(provider: Provider, kind: RefusalKind, reason: str) -> Refusal:
    """A refusal in the vendor's words; its code is ``None`` where the vendor has none for this kind."""
    code = next((code for code, meant in provider.refusal_kinds.items() if meant is kind), None)
    return Refusal(kind, code, reason)


def _call_id(provider: Provider, serial: int, position: int) -> str | None:
    if provider.call_ids == "none":
        return None
    return f"call-{serial}" if provider.call_ids == "request" else f"call-{serial}-{position}"
