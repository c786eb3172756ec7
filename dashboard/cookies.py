"""The signed cookie of a session, of any age: how long one lasts is the store's to say, on a clock that never jumps.

Flask's own refuses a cookie that seems to come from the future, so that a clock put back by a second signed everyone
out, and with them whoever was on watch.
"""

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class _Ageless(URLSafeTimedSerializer):
    def loads(  # type: ignore[override]  # as in the class above
        self,
        s: str | bytes,
        max_age: int | None = None,
        return_timestamp: bool = False,
        salt: str | bytes | None = None,
    ) -> Any:
        return super().loads(s, None, return_timestamp, salt)


class Cookies(SecureCookieSessionInterface):
    """Flask's session cookie, whose age is not judged."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        """What signs and opens it."""
        options = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
        return _Ageless(app.config["SECRET_KEY"], salt=self.salt, serializer=self.serializer, signer_kwargs=options)
