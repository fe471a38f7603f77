"""What the preview answers, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from postmark_sdk.emulator.preview.workspace import Workspace
from tests.emulator.preview.conftest import put

if TYPE_CHECKING:
    from pathlib import Path


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, follow_redirects=True)


def test_a_template_is_shown_with_its_first_sample_in_its_layout(url: str) -> None:
    page = get(f"{url}/templates/welcome")
    assert page.status_code == 200
    assert "Hello, Ada &lt;b&gt;</h1>" in page.text
    frame = get(f"{url}/templates/welcome/frame?sample=model")
    assert "<h1>Acme</h1>" in frame.text
    assert "Hi, Ada &lt;b&gt;" in frame.text


def test_each_sample_has_its_mail(url: str) -> None:
    assert "Hello, Grace</h1>" in get(f"{url}/templates/welcome?sample=other").text
    assert "<h1>Navy</h1>" in get(f"{url}/templates/welcome/frame?sample=other").text
    assert "Hello, Ada" in get(f"{url}/templates/welcome?sample=unknown").text


def test_text_is_shown_as_it_is_sent(url: str) -> None:
    page = get(f"{url}/templates/welcome?view=text")
    assert ">Hi, Ada &lt;b&gt;: https://unsubscribe.example.invalid/</pre>" in page.text


def test_without_a_sample_the_model_is_made_up(url: str) -> None:
    assert "Bye, who_Value</pre>" in get(f"{url}/templates/bye").text
    model = get(f"{url}/templates/bye?view=model").text
    assert "&#34;who&#34;: &#34;who_Value&#34;" in model
    assert "bye/model.json" in model


def test_the_front_page_shows_all_templates_and_the_first(url: str) -> None:
    page = get(url).text
    assert page.index('id="row-bye"') < page.index('id="row-welcome"') < page.index('id="row-main"')
    assert "Bye, who_Value" in page


def test_a_layout_is_shown_by_itself(url: str) -> None:
    assert "The mail's own content stands here." in get(f"{url}/templates/main/frame").text


def test_what_is_wrong_is_shown_with_its_lines(url: str, root: Path) -> None:
    put(root, {"welcome/content.html": "<p>\n  {{nmae}}!</p>\n"})
    page = get(f"{url}/templates/welcome").text
    assert "&#39;nmae&#39; is not in welcome/model.json; did you mean &#39;name&#39;?" in page
    assert "<code>welcome/content.html:2:3</code>" in page
    assert '<span class="number" aria-hidden="true">2</span>  <mark>{{nmae}}</mark>!&lt;/p&gt;' in page
    assert page.count('class="line at"') == 2


def test_what_cannot_be_rendered_is_said_in_its_place(url: str, root: Path) -> None:
    put(root, {"welcome/content.html": "{{#name}}", "welcome/content.txt": "{{#each name}}{{/each}}"})
    assert "The HTML cannot be rendered." in get(f"{url}/templates/welcome").text
    assert "The text cannot be rendered." in get(f"{url}/templates/welcome?view=text").text
    assert get(f"{url}/templates/welcome/frame").status_code == 200


def test_files_that_cannot_be_read_are_shown_on_every_page(url: str, root: Path) -> None:
    put(root, {"broken/meta.json": '{"Name": "B",\n oops}'})
    page = get(f"{url}/templates/welcome").text
    assert "<code>broken/meta.json:2:2</code>" in page


def test_a_template_that_is_gone_is_said(url: str) -> None:
    page = get(f"{url}/templates/nobody")
    assert (page.status_code, "There is no template with the alias nobody any more." in page.text) == (404, True)
    assert get(f"{url}/templates/nobody/frame").status_code == 404


def test_an_empty_folder_waits_for_templates(url: str, root: Path) -> None:
    for path in sorted(root.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert "Templates appear here as soon as there are any" in get(url).text
    root.rmdir()
    assert get(url).status_code == 200


def test_a_mail_can_neither_run_nor_call_anywhere(url: str, root: Path) -> None:
    put(
        root,
        {"welcome/content.html": '<link rel="preconnect" href="https://x.example"><img src="https://x.example/a">'},
    )
    page, frame = get(f"{url}/templates/welcome"), get(f"{url}/templates/welcome/frame")
    assert "Images and styles from elsewhere are blocked." in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'; img-src data:;" in policy
    assert "sandbox allow-popups" in policy
    assert "<link" not in frame.text
    remote = get(f"{url}/templates/welcome/frame?remote=1").headers["content-security-policy"]
    assert "img-src data: http: https:;" in remote


def test_names_of_others_are_refused(url: str) -> None:
    assert get(url, host="evil.example.com").status_code == 421
    assert httpx.post(f"{url}/templates/welcome").status_code in {403, 405}


@pytest.mark.parametrize("path", ["/templates/..%2F..%2Fetc%2Fpasswd", "/templates/%2e%2e/frame"])
def test_only_templates_are_read(url: str, path: str) -> None:
    assert get(url + path).status_code == 404


def test_contents_are_read_again_only_when_something_changed(root: Path) -> None:
    workspace = Workspace(root)
    first = workspace.contents()
    assert workspace.contents() is first
    put(root, {"bye/content.txt": "Good bye"})
    second = workspace.contents()
    assert (first.revision, second.revision) == (1, 2)
    assert second.tree.folders[1].template.text_body == "Good bye"
    (root / "bye/content.txt").unlink()
    assert workspace.contents().revision == 3
