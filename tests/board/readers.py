"""The readers nobody here wrote: poppler and qpdf."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

needs_poppler = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("pdftotext", "pdffonts", "pdfinfo")),
    reason="poppler's tools are not installed",
)
needs_qpdf = pytest.mark.skipif(not shutil.which("qpdf"), reason="qpdf is not installed")


def run(*command: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """A reader's answer; it may refuse."""
    return subprocess.run(
        [str(c) for c in command], input=stdin, capture_output=True, check=False, timeout=60
    )


def text_of(pdf: bytes, password: str = "") -> str:
    """What poppler reads from a PDF, with every white space taken out: a line may break anywhere."""
    options = ["-upw", password] if password else []
    done = run("pdftotext", "-raw", "-enc", "UTF-8", *options, "-", "-", stdin=pdf)
    assert done.returncode == 0, done.stderr
    return re.sub(r"\s|\u200b", "", done.stdout.decode("utf-8"))


def squeezed(text: str) -> str:
    """A text as `text_of` gives it."""
    return re.sub(r"\s", "", text)


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    done = run("pdftotext", "-raw", "-enc", "UTF-8", "-", "-", stdin=pdf)
    return [re.sub(r"\s|\u200b", "", page) for page in done.stdout.decode("utf-8").split("\f")][:-1]


def hidden_texts(pdf: bytes) -> str:
    """What a PDF says besides its pages: information, XMP, bookmarks, alternative texts, attachments."""
    said: list[str] = []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Stream) and item.get("/Type") == pikepdf.Name.Metadata:
                said.append(item.read_bytes().decode("utf-8"))
            if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
                said += [str(v) for v in item.values() if isinstance(v, pikepdf.String)]
        assert set(document.attachments) <= {"checkpoint.txt"}
        said += [document.attachments[name].get_file().read_bytes().decode() for name in document.attachments]
    return "\n".join(said)
