"""The table of operations, and how one of them is run."""

import datetime
import importlib
from contextlib import ExitStack
from unittest import mock

from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from . import simplejwt

OPERATIONS = {}
MODULES = ("formats", "origins", "passwords", "requests", "sessions", "tokens", "users", "values")


def operation(name):
    """Register a function under the name of an operation."""

    def register(function):
        OPERATIONS[name] = function
        return function

    return register


def answer(question):
    """Run `{op, args, settings, now}`; a missing or null `settings` or `now` leaves those as they are.

    The server handles one request at a time, so settings and clock can be changed for the moment.
    """
    try:
        with ExitStack() as stack:
            changes = dict(question.get("settings") or {})
            simple_jwt = changes.pop("SIMPLE_JWT", None)
            if changes:
                stack.enter_context(override_settings(**changes))
            if simple_jwt is not None:
                stack.enter_context(simplejwt.configured(simple_jwt))
            if question.get("now") is not None:
                freeze(stack, question["now"])
            arguments = question.get("args") or {}
            given = {name: value for name, value in arguments.items() if value is not None}
            return {"ok": OPERATIONS[question["op"]](**given)}
    except Exception as error:
        return {"error": {"type": type(error).__name__, "message": str(error)}}


def freeze(stack, now):
    """Hold the clocks of Django and simplejwt at `now`, in seconds since the epoch."""
    zone = datetime.timezone.utc if settings.USE_TZ else None
    moment = datetime.datetime.fromtimestamp(now, tz=zone)
    # Plain functions: making a mock for each of thousands of questions takes longer than the answers.
    stack.enter_context(mock.patch("time.time", new=lambda: now))
    stack.enter_context(mock.patch.object(timezone, "now", new=lambda: moment))
    simplejwt.freeze(stack, now)


def load():
    """Import the modules that register operations."""
    for name in MODULES:
        importlib.import_module(f"oracle.operations.{name}")
