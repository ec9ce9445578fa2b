"""What schemathesis cannot know of Ringwatch: how its scalars are written, and what is a fault in an answer."""

import os

import schemathesis
from graphql import NameNode, ObjectFieldNode
from hypothesis import strategies as st
from schemathesis.graphql import nodes

KNOWN_CODES = set(os.environ["RINGWATCH_ERROR_CODES"].split(","))

hostile = st.sampled_from(
    ["", "\0", "\u202e", "\ud7ff", "a" * 5000, "'; DROP TABLE tenants; --", "<svg onload=alert(1)>", "${7*7}", "__proto__"]
)
texts = st.one_of(st.text(max_size=40), hostile)


def literal(value):
    """A value as a GraphQL literal; names of fields are names of GraphQL."""
    if isinstance(value, dict):
        return nodes.Object([ObjectFieldNode(name=NameNode(value=key), value=literal(inner)) for key, inner in value.items()])
    if isinstance(value, list):
        return nodes.List([literal(inner) for inner in value])
    if isinstance(value, bool):
        return nodes.Boolean(value)
    if isinstance(value, int):
        return nodes.Int(value)
    if isinstance(value, float):
        return nodes.Float(value)
    return nodes.Null if value is None else nodes.String(value)


fields = st.sampled_from(["tx", "payer", "payee", "amount", "at", "id", "name", "account", "__proto__", "constructor", "x"])
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.sampled_from(["2026-01-01T00:00:00Z", "1000.50", "x-a", "9" * 400]),
)
values = st.recursive(plain, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(fields, inner, max_size=3)), max_leaves=8)
rows = st.dictionaries(fields, values, max_size=6)

schemathesis.graphql.scalar("Row", rows.map(literal))
schemathesis.graphql.scalar("BigInt", st.one_of(st.integers(), st.integers(0, 50)).map(lambda n: nodes.String(str(n))))
schemathesis.graphql.scalar(
    "Numeric", st.decimals(allow_nan=False, allow_infinity=False, places=2).map(lambda n: nodes.String(str(n)))
)
schemathesis.graphql.scalar(
    "DateTime",
    st.one_of(st.datetimes().map(lambda t: t.isoformat() + "Z"), st.just("2026-01-01T00:00:00Z"), texts).map(nodes.String),
)


@schemathesis.check
def coded_answers(_context, response, _case):
    """Every answer is JSON, and whatever is wrong in it has a code of the table: no bug, no bare status of 5xx."""
    kind = response.headers.get("content-type", [""])[0]
    assert "json" in kind, f"{response.status_code} is answered as {kind!r}"
    body = response.json()
    errors = body.get("errors") or []
    assert response.status_code < 500 or errors, f"{response.status_code} without an error"
    for error in errors:
        code = (error.get("extensions") or {}).get("code")
        assert code in KNOWN_CODES, f"{response.status_code} with the code {code}: {error.get('message')}"
        assert code != "INTERNAL", f"a bug: {error.get('message')}"
