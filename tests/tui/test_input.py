"""Fields lose nothing that was typed or pasted, and say what they did."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input, TextArea

from techguard import i18n
from techguard.tui import theme
from techguard.tui.input import LineInput, LongInput, Notice, SecretInput


class Fields(App[None]):
    CSS_PATH = "../../src/techguard/tui/techguard.tcss"

    def __init__(self, **options: Any) -> None:
        super().__init__()
        i18n.set_language("ja")
        self.options = options
        self.said: list[str] = []
        self.register_theme(theme.THEMES[0])
        self.theme = theme.LIGHT

    def compose(self) -> ComposeResult:
        yield LineInput(id="line", **self.options)
        yield LongInput(id="long", **self.options)
        yield SecretInput(id="secret")

    def on_notice(self, event: Notice) -> None:
        self.said.append(event.text)

    def paste(self, text: str) -> None:
        self.post_message(events.Paste(text))

    @property
    def line(self) -> str:
        return self.query_one("#line", Input).value

    @property
    def long(self) -> str:
        return self.query_one("#long", TextArea).text


async def test_pasted_lines_are_joined_and_it_is_said() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        app.paste("焼結条件\r\n  昇温カーブ\n\n雰囲気\t調整")
        await pilot.pause()
        assert app.line == "焼結条件 昇温カーブ 雰囲気 調整"
        assert app.said == ["貼り付けた3行を1行につなげました。"]


async def test_a_paste_that_begins_with_a_line_break_arrives() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        app.paste("\n貼り付け")
        await pilot.pause()
        assert app.line == "貼り付け"
        assert app.said == []


async def test_a_paste_that_is_too_long_keeps_what_fits_and_says_so() -> None:
    app = Fields(limit=5)
    async with app.run_test() as pilot:
        app.paste("一二三四五六七")
        await pilot.pause()
        assert app.line == "一二三四五"
        assert app.said == ["この欄は5文字までです。入りきらない2文字を省きました。"]
        app.query_one("#long").focus()
        app.paste("一二三四五六七")
        await pilot.pause()
        assert app.long == "一二三四五"
        assert app.said[1:] == ["この欄は5文字までです。入りきらない2文字を省きました。"]


async def test_a_full_field_takes_no_more_keys_and_keeps_what_follows_the_cursor() -> None:
    app = Fields(limit=3)
    async with app.run_test() as pilot:
        await pilot.press("a", "b", "c", "home", "x")
        assert app.line == "abc"
        assert len(app.said) == 1


async def test_what_was_typed_is_one_normal_form() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        app.paste("か\u3099㈱①")
        await pilot.pause()
        assert app.line == "が㈱①"  # NFC, not NFKC
        for character in "か\u3099":
            app.query_one("#line").post_message(events.Key(character, character))
        await pilot.pause()
        assert app.line == "が㈱①が"
        await pilot.press("backspace")
        assert app.line == "が㈱①"


async def test_escape_sequences_and_turned_text_are_taken_out() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        app.paste("a\x1b[31mb\u202ec\x07")
        app.query_one("#long").focus()
        await pilot.pause()
        app.paste("一行目\r\n\x1b]52;c;QQ==\x07二行目")
        await pilot.pause()
        assert app.line == "a[31mbc"
        assert app.long == "一行目\n]52;c;QQ==二行目"


async def test_a_paste_replaces_the_selection() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        app.paste("abcdef")
        await pilot.pause()
        await pilot.press("home", "shift+right", "shift+right")
        app.paste("日本")
        await pilot.pause()
        assert app.line == "日本cdef"


async def test_a_passphrase_is_kept_as_it_was_typed_and_never_shown() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        app.query_one("#secret").focus()
        app.paste("か\u3099 １２　三")
        await pilot.pause()
        assert app.query_one("#secret", Input).value == "か\u3099 １２　三"
        shown = "".join("".join(s.text for s in strip) for strip in app.screen._compositor.render_strips())
        assert "三" not in shown
        assert "•" in shown


async def test_cursors_do_not_blink() -> None:
    app = Fields()
    async with app.run_test():
        assert not app.query_one("#line", Input).cursor_blink
        assert not app.query_one("#long", TextArea).cursor_blink
