"""The leak map on the command line: what was rated, what was ruled out, what nobody considered."""

from __future__ import annotations

from techguard import catalog
from techguard.domain.items import Exclusion, Technology
from techguard.register import Register

from .conftest import PASSPHRASE, House


def test_rated_ruled_out_and_never_considered_are_told_apart(house: House) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        technology = register.get("TEC-0001", Technology)
        register.add(Exclusion(technology=technology.id, route="R16", reason="他社の資料は関わっていない。"))
    shown = {row["ref"]: row for row in house.json("leakmap", "VAULT")}
    fields = {f["column"]: f for f in shown["TEC-0001"]["fields"]}
    assert set(catalog.routes()) <= set(fields)
    assert (fields["R01"]["considered"], fields["R01"]["applies"], fields["R01"]["level"]) == (True, True, 5)
    assert (fields["R16"]["considered"], fields["R16"]["applies"], fields["R16"]["level"]) == (
        True,
        False,
        None,
    )
    assert (fields["R10"]["considered"], fields["R10"]["applies"]) == (False, True)
    lines = house.run("leakmap", "VAULT", lang="ja")
    heading, *rows = (line.split("\t") for line in lines.stdout.splitlines())
    row = next(r for r in rows if r[0] == "TEC-0001")
    assert (row[heading.index("R01")], row[heading.index("R16")], row[heading.index("R10")]) == ("5", "/", "")
    assert "誰も検討していない" in lines.stderr


def test_concentration_counts_by_owner(house: House) -> None:
    found = house.json("leakmap", "VAULT", "--by", "owner", "--concentration")
    assert [(f["name"], f["exposures"]) for f in found] == [("法務部長", 1)]
