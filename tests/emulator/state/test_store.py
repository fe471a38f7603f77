"""The file that keeps everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postmark_sdk.emulator import Emulator
from tests.emulator.client import client

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_keeps_everything(tmp_path: Path, email: dict[str, Any]) -> None:
    path = str(tmp_path / "mail.db")
    with Emulator(db=path) as postmark, client(postmark) as api:
        sent_id = api.post("/email", json=email).json()["MessageID"]
        number = api.post("/templates", json={"Name": "N", "Alias": "n", "Subject": "S", "TextBody": "T"}).json()
        postmark.suppress("gone@example.org")
    with Emulator(db=path) as postmark, client(postmark) as api:
        assert api.get(f"/messages/outbound/{sent_id}/details").status_code == 200
        assert api.get("/templates/n").json()["TemplateId"] == number["TemplateId"]
        assert api.post("/email", json={**email, "To": "gone@example.org"}).json()["ErrorCode"] == 406
        made = api.post("/templates", json={"Name": "M", "Subject": "S", "TextBody": "T"}).json()
        assert made["TemplateId"] == number["TemplateId"] + 1
