"""``--until``: a time of today, or a date and a time, by the machine's clock."""

import re
from datetime import datetime

import click

_TIME = re.compile("[0-9]{1,2}:[0-9]{2}")


def parsed(_: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Unix seconds. Without a zone it is local time; a time in the past is refused."""
    if value is None:
        return None
    now = datetime.now().astimezone()
    try:
        if _TIME.fullmatch(value):
            hour, minute = value.split(":")
            moment = datetime(now.year, now.month, now.day, int(hour), int(minute)).astimezone()
        else:
            moment = _dated(value)
        seconds = moment.timestamp()
    except (ValueError, OverflowError, OSError):
        rule = "is not a time: write HH:MM for today, or ISO 8601 such as 2026-11-22T18:00 or 2026-11-22T18:00+01:00"
        raise click.BadParameter(rule, param=parameter) from None
    if seconds <= now.timestamp():
        raise click.BadParameter(f"is in the past: it is {shown(now.timestamp())} on this machine", param=parameter)
    return seconds


def shown(seconds: float) -> str:
    """``2026-11-22 18:00:00 CET (UTC+01:00)``, by the machine's clock."""
    moment = datetime.fromtimestamp(seconds).astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()} (UTC{moment.isoformat()[-6:]})"


def _dated(value: str) -> datetime:
    if not value.isascii() or ":" not in value:
        raise ValueError  # a date alone would mean midnight, which is hardly intended
    return datetime.fromisoformat(value).astimezone()
