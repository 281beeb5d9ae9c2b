"""Serves the project on a free port until standard input ends.

Prints one line of JSON with the port and the address of the database. With `--create` that is a database
of its own beside the one in DATABASE_URL, and it is dropped at the end.
"""

import json
import os
import secrets
import signal
import sys
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import psycopg
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler


class QuietHandler(WSGIRequestHandler):
    """Does not log each request, and does not wait before it sends the second part of an answer."""

    disable_nagle_algorithm = True

    def log_message(self, format, *args):
        """Nothing."""


def serialized(application):
    """One request at a time, since operations change the settings and the clock for a moment."""
    lock = threading.Lock()

    def guarded(environ, start_response):
        with lock:
            return application(environ, start_response)

    return guarded


def administer(url, statement):
    """Run a statement that cannot stand in a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def serve():
    """Migrate the database and serve until the input ends."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from project.wsgi import application

    from oracle import table

    call_command("migrate", verbosity=0)
    table.load()
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.daemon_threads = True
    server.set_app(serialized(StaticFilesHandler(application)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    about = {"port": server.server_port, "database_url": os.environ["DATABASE_URL"]}
    print(json.dumps(about), flush=True)
    sys.stdin.read()
    server.shutdown()


def main():
    """Serve, on a database of its own if asked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: whoever started this closes our input.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if "--create" not in sys.argv:
        return serve()
    given = os.environ["DATABASE_URL"]
    name = f"oracle_{secrets.token_hex(6)}"
    administer(given, f"CREATE DATABASE {name}")
    os.environ["DATABASE_URL"] = urlsplit(given)._replace(path=f"/{name}").geturl()
    try:
        serve()
    finally:
        with suppress(psycopg.OperationalError):  # The server may be gone before us.
            administer(given, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


if __name__ == "__main__":
    main()
