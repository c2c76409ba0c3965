"""The sendGroup dialect: one JSON call that plays an uploaded file to many callees, spoken by several brands.

A brand subclasses `SendGroup` and states five things: its name, its API root, its limits, which unset fields its page
wants as JSON ``null``, and its hook. This library registers nothing itself.
"""

from voicehub_sendgroup._provider import SendGroup, SendGroupSettings

__all__ = ["SendGroup", "SendGroupSettings"]
