"""What an account says, and what a message may say to Twilio alone."""

import base64
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from voicehub.provider import Settings


class TwilioSettings(Settings):
    """An account SID with its auth token, or with an API key and its secret (docs/iam/api-keys)."""

    base_url: str = "https://api.twilio.com/2010-04-01"
    account_sid: str = Field(pattern="^AC[0-9a-fA-F]{32}$")
    auth_token: SecretStr | None = None
    api_key: str | None = Field(default=None, pattern="^SK[0-9a-fA-F]{32}$")
    api_secret: SecretStr | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        by_key = self.api_key is not None and self.api_secret is not None
        if by_key == (self.auth_token is not None) or (self.api_key is None) != (self.api_secret is None):
            raise ValueError("give auth_token, or api_key and api_secret, not both")
        return self

    def authorization(self) -> str:
        """The value of the HTTP Basic header (RFC 7617)."""
        secret = self.auth_token or self.api_secret or SecretStr("")
        pair = f"{self.api_key or self.account_sid}:{secret.get_secret_value()}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"


class TwilioOptions(BaseModel):
    """``provider_options={"twilio": {...}}``: fields of the Calls resource that no neutral field stands for."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    call_reason: str | None = Field(default=None, min_length=1)
    machine_detection: Literal["Enable", "DetectMessageEnd"] | None = None
    machine_detection_timeout: int | None = Field(default=None, ge=1)
    record: bool | None = None
    send_digits: str | None = Field(default=None, pattern="^[0-9A-D#*wW]{1,32}$")
    status_callback: str | None = Field(default=None, pattern="^https?://[!-~]+$")
    status_callback_method: Literal["GET", "POST"] | None = None
