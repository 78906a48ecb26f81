"""What is kept comes back the same: through the database, and through history."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import insert, update

from techguard.domain.items import Item
from techguard.domain.kinds import KINDS, Kind
from techguard.store import history, tables
from tests.made_up import entries

from .conftest import Populated

each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
AT = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def kept(item: Item, kind: Kind) -> dict[str, object]:
    return {f.name: getattr(item, f.name) for f in kind.fields}


@each_kind
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_value_of_every_field_comes_back(populated: Populated, kind: Kind, data: st.DataObject) -> None:
    first, second = (data.draw(entries(kind, populated.ids, derived=True)) for _ in range(2))
    first = first.model_copy(update={"ref": f"{kind.prefix}-9999", "created_at": AT, "updated_at": AT})
    with populated.passing() as store:
        store.insert(kind, [first], AT)
        came = store.by_ids(kind, [first.id])[first.id]
        assert came == first
        assert history.state(came, kind) == history.state(first, kind)
        states = {id_: state for id_, _, _, state in store.states(kind, [first.id])}
        assert states[first.id] == history.state(first, kind), "verify sees what history was told"

        line = {
            "seq": 1,
            "position": 1_000_000,
            "kind": kind.name,
            "item": first.id,
            "op": "add",
            "salt": bytes(history.SALT_BYTES),
            "fields": history.canonical(history.state(first, kind)),
        }
        assert not dict(store.agreeing(kind))[first.id], "an entry without history agrees with none"
        store.connection.execute(insert(tables.changes), line)
        assert dict(store.agreeing(kind))[first.id], "the database spells an entry as history does"

        after = second.model_copy(
            update={"id": first.id, "ref": first.ref, "version": 2, "created_at": AT, "updated_at": AT}
        )
        assert store.replace(came, after)
        assert store.by_ids(kind, [first.id])[first.id] == after
        assert not dict(store.agreeing(kind))[first.id], "what was changed is not what was added"
        table = tables.TABLES[kind.name]
        store.connection.execute(update(table).where(table.c.id == first.id).values(version=1))
        same = history.state(after, kind) == history.state(first, kind)
        assert dict(store.agreeing(kind))[first.id] == same, "the database sees each value that is another"
        store.connection.execute(update(table).where(table.c.id == first.id).values(version=2))
        assert not store.replace(came, after), "an old version does not overwrite a newer one"


@each_kind
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_history_can_bring_back_either_side_of_a_change(
    populated: Populated, kind: Kind, data: st.DataObject
) -> None:
    before = data.draw(entries(kind, populated.ids, derived=True))
    after = data.draw(entries(kind, populated.ids, derived=True)).model_copy(update={"id": before.id})
    change = history.changed(before, after, kind)
    same = history.state(before, kind) == history.state(after, kind)
    assert (change is None) == same
    if change is None:
        return
    fields = json.loads(history.canonical(change.fields))
    restored = after.model_copy(
        update={name: history.value_of(kind, name, old) for name, (old, _) in fields.items()}
    )
    redone = before.model_copy(
        update={name: history.value_of(kind, name, new) for name, (_, new) in fields.items()}
    )
    assert kept(restored, kind) == kept(before, kind)
    assert kept(redone, kind) == kept(after, kind)
    state = history.state(before, kind)
    history.apply(state, history.Change(kind.name, before.id, "change", fields))
    assert state == history.state(after, kind)


@each_kind
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_copy_of_an_entry_is_what_pydantic_makes(
    populated: Populated, kind: Kind, data: st.DataObject
) -> None:
    item = data.draw(entries(kind, populated.ids, derived=True))
    update = {"ref": "X-0001", "version": 2}
    ours, theirs = item.model_copy(update=update), BaseModel.model_copy(item, update=update)
    assert (ours, item.model_copy()) == (theirs, item)
    assert ours.model_fields_set == theirs.model_fields_set
    assert ours.model_dump() == theirs.model_dump()
    assert item.version == 1, "the one it was made from stays as it was"
