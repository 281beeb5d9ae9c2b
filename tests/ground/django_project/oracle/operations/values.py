"""JSON text and the values in it, as Python reads and writes them."""

import json as python_json
import struct

from ..table import operation
from .formats import to_text

LARGEST_SAFE_INTEGER = 2**53 - 1


@operation("json.normalize")
def normalize(json):
    """The same value as Django's serializers write it."""
    return to_text(python_json.loads(json))


@operation("json.describe")
def describe(json):
    """The value in the form that djauth promises to give to JavaScript; see `describe.ts`."""
    return described(python_json.loads(json))


@operation("json.change")
def change(json, path, value=None):
    """Set the member at a path of keys and indexes to the value of a JSON text; without one, delete it."""
    whole = python_json.loads(json)
    parent = whole
    for step in path[:-1]:
        parent = parent[step]
    if value is None:
        del parent[path[-1]]
    else:
        parent[path[-1]] = python_json.loads(value)
    return to_text(whole)


def described(value):
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda item: units(item[0]))
        return ["dict", *([key, described(member)] for key, member in members)]
    if isinstance(value, list):
        return ["list", *map(described, value)]
    if isinstance(value, str):
        return "text:" + value
    if value is None or isinstance(value, bool):
        return to_text(value)
    if isinstance(value, int) and abs(value) > LARGEST_SAFE_INTEGER:
        return f"integer:{value}"
    return "number:" + ("NaN" if value != value else struct.pack(">d", value).hex())


def units(text):
    """Sorts as JavaScript does: by UTF-16 units."""
    return text.encode("utf-16-be", "surrogatepass")
