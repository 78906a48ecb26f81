"""Checks a techguard evidence package with Python alone (3.8 or later): no network, nothing to install.

    python3 check.py            is every act in the checkpoint, and every change in its act?
    python3 check.py --print    and print what was proved, in the words that were signed

Signatures are checked with openssl, as VERIFY.md says. This file is short so that it can be read; whoever
would rather not run it finds every formula in VERIFY.md and can write their own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Iterable, Iterator, Sequence  # noqa: UP035 - as Python 3.8 has them

HERE = Path(sys.argv[0]).resolve().parent
FORMAT = "techguard evidence package v1"


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf)


def climb(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """The root that a path leads to (RFC 9162, section 2.1.3.2); None if it is no path of that place."""
    if not 0 <= index < size:
        return None
    at, last, top = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            top = sha256(b"\x01" + beside + top)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            top = sha256(b"\x01" + top + beside)
        at, last = at >> 1, last >> 1
    return top if last == 0 else None


def root_of(leaves: list[bytes]) -> bytes:
    """The root over all leaves (RFC 9162, section 2.1.1)."""
    level = leaves or [sha256(b"")]
    while len(level) > 1:
        pairs = [sha256(b"\x01" + a + b) for a, b in zip(level[::2], level[1::2])]  # noqa: B905
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def extends(old_size: int, size: int, old: bytes, new: bytes, proof: list[bytes]) -> bool:
    """Whether a history with root `new` begins with one of root `old` (RFC 9162, section 2.1.4.2)."""
    if old_size == size:
        return old == new and not proof
    rest = ([old] if old_size & (old_size - 1) == 0 else []) + proof
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not rest or not 0 < old_size < size:
        return False
    was = now = rest[0]
    for node in rest[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = sha256(b"\x01" + node + was), sha256(b"\x01" + node + now)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            now = sha256(b"\x01" + now + node)
        at, last = at >> 1, last >> 1
    return (was, now, last) == (old, new, 0)


def text_of(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def checkpoint(text: str) -> tuple[str, int, bytes]:
    """Origin, number of acts and root of a checkpoint."""
    origin, size, root = text.split("\n")[:3]
    return origin, int(size), base64.b64decode(root, validate=True)


def raw_key(name: str) -> bytes:
    """The key at the end of a PEM file: 32 bytes of Ed25519, 1952 of ML-DSA-65."""
    der = base64.b64decode("".join(line for line in text_of(name).split("\n") if not line.startswith("-")))
    return der[-1952:] if len(der) > 1952 else der[-32:]


def check_keys() -> Iterator[tuple[bool, str]]:
    """A key's id is made of the key itself, so that an act names the key and not a file."""
    for path in sorted((HERE / "keys").glob("*.ed25519.pem")):
        key = path.name.split(".")[0]
        both = raw_key(f"keys/{key}.ed25519.pem") + raw_key(f"keys/{key}.mldsa65.pem")
        named = sha256(b"techguard key id\x00" + both).hex()[:32]
        yield named == key, f"key {key}: its id is not that of the key"


def continues(states: dict[str, dict[str, object]], change: dict[str, str]) -> bool:
    """Whether a change begins where the one before it ended: else something between them is not shown."""
    if "inside" in change:  # pruned: its values are gone, and a later act must say so
        states.setdefault(change["item"], {})["inside"] = change["op"]
        return True
    if change["op"] == "prune":
        states.pop(change["item"], None)
        return True
    fields = json.loads(change["fields"])
    state = states.setdefault(change["item"], {})
    if change["op"] == "add":
        fits = not state
        state.update(fields)
        return fits
    fits = all(state.get(name) == before for name, (before, _after) in fields.items())
    state.update({name: after for name, (_before, after) in fields.items()})
    return fits


def check_act(
    path: Path, origin: str, previous: dict[int, str], states: dict[str, dict[str, object]]
) -> Iterator[tuple[bool, str]]:
    """One act: in the bytes that were signed, with those of its changes that are shown.

    Of a copy that was taken in, acts count there, and what was between two of them need not be shown.
    """
    own = path.parent.name == "acts"
    message = path.read_bytes()
    purpose, _, body = message.partition(b"\n")
    entry = json.loads(body)
    spelt = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    name = f"act {entry['seq']}" if own else f"merged act {int(path.stem)}"
    as_signed = purpose == b"techguard history entry v1" and spelt == body
    yield as_signed, f"{name}: its bytes are not as they should be"
    yield not own or path.stem == f"{entry['seq']:06}", f"{name}: the file has another number"
    yield f"techguard/{entry['vault']}" == origin, f"{name}: it is of another vault"
    yield (HERE / f"keys/{entry['key']}.ed25519.pem").exists(), f"{name}: its key is not in the package"
    owners = {known["key"]: known["person"] for known in json.loads(text_of("keys/keys.json"))}
    yield owners.get(entry["key"]) == entry["person"], f"{name}: its key is another person's"
    if entry["seq"] - 1 in previous:
        follows = entry["previous"] == previous[entry["seq"] - 1]
        yield follows, f"{name}: it does not follow the act before it"
    for change in json.loads(text_of(f"{path.parent.name}/{path.stem}.changes.json")):
        place = f"{name}, change {change['position']}"
        inside = change.get("inside")
        if inside is None:
            inside = sha256(bytes.fromhex(change["salt"]) + change["fields"].encode()).hex()
        line = f"techguard change v1\n{change['kind']}\t{change['item']}\t{change['op']}\t{inside}\n"
        way = [bytes.fromhex(beside) for beside in change["path"]]
        top = climb(leaf_hash(line.encode()), change["position"], entry["change_count"], way)
        yield top is not None and top.hex() == entry["changes"], f"{place}: it is none of that act"
        yield (
            not own or continues(states, change),
            f"{place}: an act between it and the one before was left out",
        )


def proof_of(stem: str) -> tuple[int | None, Sequence[bytes]]:
    """Place and path of an act in the checkpoint (c2sp.org/tlog-proof)."""
    proof, _, _ = text_of(f"acts/{stem}.tlog-proof").partition("\n\n")
    kind, index, *path = proof.split("\n")
    if kind != "c2sp.org/tlog-proof@v1":
        return None, []
    return int(index.split(" ")[1]), [base64.b64decode(line, validate=True) for line in path]


def check_merged(origin: str, acts: Sequence[Path], whole: bool) -> Iterator[tuple[bool, str]]:
    """The acts of copies that were taken in; of a whole register also that all of them are here."""
    above: dict[str, list[str]] = {}
    for path in sorted((HERE / "merged").glob("*.message")):
        yield from check_act(path, origin, {}, {})
        entry = json.loads(path.read_bytes().partition(b"\n")[2])
        above[sha256(path.read_bytes()).hex()] = [entry["previous"], *filter(None, [entry.get("merges")])]
    if not whole:
        return
    entries = [json.loads(path.read_bytes().partition(b"\n")[2]) for path in acts]
    known = {sha256(path.read_bytes()).hex() for path in acts} | {"00" * 32}
    waiting = [entry["merges"] for entry in entries if "merges" in entry]
    missed = set(above)
    while waiting:
        digest = waiting.pop()
        yield digest in known or digest in above, "an act of a copy that was taken in is missing"
        if digest in missed:
            missed.remove(digest)
            waiting += above[digest]
    yield not missed, "there are acts of another copy that nobody took in"


def checks() -> Iterator[tuple[bool, str]]:
    said = dict(line.split(" ", 1) for line in text_of("PACKAGE").strip().split("\n")[1:])
    yield text_of("PACKAGE").startswith(FORMAT + "\n"), "PACKAGE: this program does not know its format"
    sums = sha256((HERE / "SHA256SUMS").read_bytes())
    yield sums.hex() == said["sums"], "SHA256SUMS is not the one that was signed"
    for line in text_of("SHA256SUMS").strip().split("\n"):
        expected, name = line.split("  ", 1)
        yield sha256((HERE / name).read_bytes()).hex() == expected, f"{name} was altered"
    yield from check_keys()
    text = text_of("checkpoint.txt")
    origin, size, root = checkpoint(text)
    digests: dict[int, str] = {}
    states: dict[str, dict[str, object]] = {}
    paths = sorted((HERE / "acts").glob("*.message"))
    for path in paths:
        yield from check_act(path, origin, digests, states)
        digest = sha256(path.read_bytes())
        digests[int(path.stem)] = digest.hex()
        if said["scope"] != "all":
            index, way = proof_of(path.stem)
            top = None if index is None else climb(leaf_hash(digest), index, size, way)
            inside = index == int(path.stem) - 1 and top == root
            yield inside, f"act {int(path.stem)}: it is not in the checkpoint"
    if said["scope"] == "all":
        whole = root_of([leaf_hash(bytes.fromhex(digests[seq])) for seq in sorted(digests)])
        yield (len(digests), whole) == (size, root), "the acts are not all those of the checkpoint"
    for item, state in states.items():
        yield (
            "inside" not in state,
            f"entry {item}: values are left out, and no act says they were pruned",
        )
    yield from check_merged(origin, paths, said["scope"] == "all")
    for path in sorted((HERE / "earlier").glob("*.txt")):
        old = checkpoint(path.read_text(encoding="utf-8"))
        proof = [base64.b64decode(line) for line in path.with_suffix(".proof").read_text().split()]
        fits = old[0] == origin and extends(old[1], size, old[2], root, proof)
        yield fits, f"earlier/{path.name}: the history does not begin with what it signed"
    merged, keys = list(HERE.glob("merged/*.message")), list(HERE.glob("keys/*.ed25519.pem"))
    print(f"{len(paths)} acts of {size}, {len(merged)} of other copies, {len(keys)} keys")


def show() -> None:
    for path in [p for of in ("acts", "merged") for p in sorted((HERE / of).glob("*.message"))]:
        entry = json.loads(path.read_bytes().partition(b"\n")[2])
        names = ("seq", "at", "action", "person", "key", "reason", "review", "undoes")
        print(
            "\n"
            + f"{path.parent.name}  "
            + "  ".join(f"{name}={entry[name]}" for name in names if entry[name] is not None)
        )
        for change in json.loads(path.with_suffix(".changes.json").read_text(encoding="utf-8")):
            print(f"  {change['op']} {change['kind']} {change['item']} {change.get('fields', '(pruned)')}")


def main() -> int:
    wrong: list[str] = []
    try:
        if "--print" in sys.argv[1:]:
            show()
        wrong += [said for holds, said in checks() if not holds]
    except Exception as error:  # whatever stands in the files, it is never a fault of this program
        wrong.append(f"a file is missing or is not what it should be: {error!r}")
    for said in wrong:
        print(f"WRONG: {said}")
    print("WRONG" if wrong else "OK")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
