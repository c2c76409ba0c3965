"""Sending: one flow without input or output (`exchange`), two drivers, and the accounting of every callee."""

from voicehub.client._client import AsyncClient, Client
from voicehub.client._exchange import Lost, NeverLeft, exchange
from voicehub.client._prepare import credentials_in
from voicehub.client._tally import Tally, account_for

__all__ = ["AsyncClient", "Client", "Lost", "NeverLeft", "Tally", "account_for", "credentials_in", "exchange"]
