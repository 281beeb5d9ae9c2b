"""Signed values and session data. `json` is JSON text, so that no number or key order is lost."""

import json as python_json

from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.utils.crypto import salted_hmac

from ..table import operation


def to_text(value):
    """Data as JSON text, as Django's serializer writes it."""
    return python_json.dumps(value, separators=(",", ":"))


@operation("salted_hmac")
def op_salted_hmac(key_salt, value, secret, algorithm="sha1"):
    return salted_hmac(key_salt, value, secret, algorithm=algorithm).hexdigest()


@operation("signer.sign")
def signer_sign(value, **options):
    return signing.Signer(**options).sign(value)


@operation("signer.unsign")
def signer_unsign(signed_value, **options):
    return signing.Signer(**options).unsign(signed_value)


@operation("timestamp_signer.sign")
def timestamp_sign(value, **options):
    return signing.TimestampSigner(**options).sign(value)


@operation("timestamp_signer.unsign")
def timestamp_unsign(signed_value, max_age=None, **options):
    return signing.TimestampSigner(**options).unsign(signed_value, max_age=max_age)


@operation("signing.dumps")
def dumps(json, **options):
    return signing.dumps(python_json.loads(json), **options)


@operation("signing.loads")
def loads(signed, **options):
    return to_text(signing.loads(signed, **options))


def store_of(salt):
    """A session store; `salt` stands for a project whose engine has a class name of its own."""
    if salt is None:
        return SessionStore()
    return type("CustomStore", (SessionStore,), {"key_salt": salt})()


@operation("session.encode")
def encode(json, salt=None):
    return store_of(salt).encode(python_json.loads(json))


@operation("session.decode")
def decode(session_data, salt=None):
    return to_text(store_of(salt).decode(session_data))
