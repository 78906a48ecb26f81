"""Makes the legacy workbooks of this folder with xlwt, which nothing else here needs: python make.py

merged.xls     two rows of headings with merged groups, an Excel date, a second sheet
password.xls   a workbook whose stream begins with a FILEPASS record ([MS-XLS] 2.4.117): encrypted
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import xlwt

HERE = Path(__file__).parent


def merged() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Registre")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    sheet.write(0, 0, "Registre des risques 2026")
    for at, text in enumerate(["N°", "Risque", None, None, None, None, "Responsable", "Échéance"]):
        if text:
            sheet.write_merge(2, 3, at, at, text)
    sheet.write_merge(2, 2, 2, 3, "Risque brut")
    sheet.write_merge(2, 2, 4, 5, "Risque résiduel")
    for at, text in enumerate(["Probabilité", "Gravité", "Probabilité", "Gravité"], 2):
        sheet.write(3, at, text)
    for row, values in enumerate(
        [
            [1, "Fuite du procédé de frittage", "élevée", "très élevée", "faible", "très élevée", "R&D"],
            [2, "Copie du moule par un fournisseur", "moyenne", "élevée", "faible", "moyenne", "Achats"],
        ],
        4,
    ):
        for at, value in enumerate(values):
            sheet.write(row, at, value)
        sheet.write(row, 7, date(2026, 6, 30), day)
    notes = book.add_sheet("Notice")
    notes.write(0, 0, "Comment remplir ce registre")
    book.save(str(HERE / "merged.xls"))


def password() -> None:
    data = (HERE / "merged.xls").read_bytes()
    # The BIFF stream starts with BOF; FILEPASS comes right after it. Overwrite the record that stands there.
    at = data.index(b"\x09\x08\x10\x00") + 20
    length = int.from_bytes(data[at + 2 : at + 4], "little")
    body = b"\x01\x00" + b"\0" * (length - 2)
    (HERE / "password.xls").write_bytes(
        data[:at] + b"\x2f\x00" + data[at + 2 : at + 4] + body + data[at + 4 + length :]
    )


merged()
password()
