"""Rows of sessions, through Django's own store and model."""

import datetime
import json as python_json
from importlib import import_module

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from ..table import operation
from .formats import to_text
from .users import found


def store(session_key=None):
    """A session of the configured engine."""
    return import_module(settings.SESSION_ENGINE).SessionStore(session_key)


def update(session, values):
    """Set each value of a JSON object."""
    for name, value in python_json.loads(values).items():
        session[name] = value


@operation("session.create")
def create(user=None, json="{}", expiry=None):
    """A stored session, with a user logged in if one is given; answers its key."""
    request = HttpRequest()
    request.session = store()
    if user is not None:
        login(request, found(user), backend="django.contrib.auth.backends.ModelBackend")
    update(request.session, json)
    if expiry is not None:
        request.session.set_expiry(expiry)
    request.session.save()
    return request.session.session_key


@operation("session.read")
def read(session_key):
    """The row as it is and its data as Django reads them; null when there is none."""
    row = Session.objects.filter(pk=session_key).first()
    if row is None:
        return None
    return {
        "session_key": row.session_key,
        "session_data": row.session_data,
        "expire_date": row.expire_date.isoformat(),
        "json": to_text(row.get_decoded()),
    }


@operation("session.load")
def load(session_key):
    """The data that a request with this key would see."""
    return to_text(store(session_key).load())


@operation("session.set")
def set_values(session_key, json="{}", delete=(), expiry=None):
    """Change values of a stored session, as a view of Django's would."""
    session = store(session_key)
    update(session, json)
    for name in delete:
        session.pop(name, None)
    if expiry is not None:
        session.set_expiry(expiry)
    session.save()


@operation("session.write_raw")
def write_raw(session_key, session_data, lifetime=3600):
    """A row with whatever text as its data."""
    expire_date = timezone.now() + datetime.timedelta(seconds=lifetime)
    Session.objects.update_or_create(
        session_key=session_key, defaults={"session_data": session_data, "expire_date": expire_date}
    )


@operation("session.delete")
def delete(session_key):
    store(session_key).delete(session_key)


@operation("session.flush")
def flush(session_key):
    """What `logout()` does to a session."""
    store(session_key).flush()


@operation("session.exists")
def exists(session_key):
    return bool(store(session_key).exists(session_key))


@operation("session.expire")
def expire(session_key):
    """Let a session have ended a minute ago."""
    moment = timezone.now() - datetime.timedelta(minutes=1)
    return Session.objects.filter(pk=session_key).update(expire_date=moment)


@operation("session.clear_expired")
def clear_expired(session_keys=()):
    """`manage.py clearsessions`; nobody sees that these had expired before it deletes them."""
    with transaction.atomic():
        for session_key in session_keys:
            expire(session_key)
        call_command("clearsessions")
