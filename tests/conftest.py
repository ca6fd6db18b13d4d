"""What the tests stand on: the real records, the command as it is installed, and a real Chromium with no network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from lsinfra import portfolio
from lsinfra.portfolio import Portfolio
from tests import commands
from tests.commands import Starter
from tools.prepare import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request

    from tests.postgres import Server

ROOT = Path(__file__).resolve().parent.parent

# How fast a machine is decides nothing here; in CI the same examples every time, so that a red run can be repeated.
settings.register_profile("lsinfra", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("lsinfra"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "lsinfra")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, so that ``pytest -m "not browser"`` runs the rest where there is none."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


# --- the records and the command -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def real() -> Portfolio:
    """The real records and routes."""
    return portfolio.load(ROOT)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a copy of the real ``projects.yaml`` and ``geodata/``, to be changed and written into."""
    folder = tmp_path / "lạng sơn"
    folder.mkdir()
    shutil.copy2(ROOT / "projects.yaml", folder)
    shutil.copytree(ROOT / "geodata", folder / "geodata")
    return folder


@dataclass(frozen=True)
class Run:
    """What a command did: its exit code, and both streams as text."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter | None]:
    """What forks the runs of the command; None where there is no fork."""
    if not hasattr(os, "fork"):
        yield None
        return
    with commands.starter(ROOT) as found:
        yield found


@pytest.fixture(scope="session")
def lsinfra(starter: Starter | None) -> Callable[..., Run]:
    """``lsinfra("check", "--lang", "en", cwd=folder, env={…}, stdin="…")``: the installed command, in its own process.

    The streams must be UTF-8 whatever the locale is; ``env`` is put on top of the environment of the tests, and the
    interpreter is then a new one; else only the command itself is, see ``tests/commands.py``. ``without``: packages
    that are missing.
    """

    def run(
        *arguments: str | Path,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        stdin: str | None = None,
        without: tuple[str, ...] = (),
    ) -> Run:
        words, given = [str(one) for one in arguments], None if stdin is None else stdin.encode()
        environment = os.environ | {"NO_COLOR": "1"} | (env or {})
        if env is None and starter:
            code, out, err = starter.run(words, cwd or ROOT, environment, given, without)
            return Run(code, out.decode("utf-8"), err.decode("utf-8"))
        program = [str(commands.COMMAND)]
        if without:
            start = f"from tests.commands import hide; hide(*{without}); from lsinfra.cli import main; main()"
            program, environment = [sys.executable, "-c", start], environment | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [*program, *words],
            cwd=cwd or ROOT,
            env=environment,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            timeout=commands.LIMIT_S,
            check=False,
        )
        return Run(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    return run


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL for the whole run. Without one the tests fail: ``make test`` installs it on Debian."""
    from tests.postgres import running

    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an index may be made: a file, or a database of a real server that has none."""
    if request.param == "sqlite":
        return str(tmp_path / "index.sqlite")
    server: Server = request.getfixturevalue("postgres")
    return server.cleared()


# --- the browser ---------------------------------------------------------------------------------------------------

# Chromium asks its maker's servers for things of its own accord; a test of "no request" must not begin with some.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
)


BEFORE = date(2000, 1, 1)
PATIENCE_S = 60
SPARE = 4


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole run. Without one the test fails: a page that nobody opened is not tested."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        pytest.fail(
            "No Chromium, Chrome or Edge was found. Install one (make test does on Debian), or name it in "
            'LSINFRA_BROWSER; to run the other tests: python -m pytest -m "not browser"'
        )
    with sync_playwright() as playwright:
        # Containers, and root, have no sandbox to give; the pages are our own.
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET), chromium_sandbox=False)
        yield browser
        browser.close()


@dataclass
class Visit:
    """An open page, and everything it should not have done."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def assert_quiet(self) -> None:
        """No request but for the page itself, no error on the console, no script error, no dialog."""
        assert self.requests == []
        assert self.errors == []

    def until(self, read: Callable[[], object], expected: object) -> None:
        """Wait until this is read: a page that moves comes to rest when the machine has the time."""
        end = monotonic() + PATIENCE_S
        while (found := read()) != expected and monotonic() < end:
            self.page.wait_for_timeout(50)
        assert found == expected


def clock_at(day: date) -> str:
    """A script that sets a page's clock to noon of a day; it goes on from there."""
    noon = datetime.combine(day, time(12)).timestamp() * 1000
    return f"""{{ const Real = Date, shift = {noon:.0f} - Real.now();
    globalThis.Date = class extends Real {{
      constructor(...given) {{ if (given.length) super(...given); else super(Real.now() + shift); }}
      static now() {{ return Real.now() + shift; }}
    }}; }}"""


class Window:
    """A window of the browser with the network refused, given to one test after another.

    A new one costs twice what a page in it does: each would have a process of its own.
    """

    def __init__(self, chromium: Browser, options: dict[str, Any]) -> None:
        self.context = chromium.new_context(offline=True, **options)
        self.context.set_default_timeout(PATIENCE_S * 1000)
        self.context.route(re.compile(r"^(?!file:|data:|blob:|about:)"), lambda route: route.abort())
        self.page = self.context.new_page()
        self._tools = self.context.new_cdp_session(self.page)
        self._clock = ExitStack()
        self._seen = Visit(self.page)
        self.page.on("request", self._on_request)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._seen.errors.append(f"script: {error}"))
        self.page.on("dialog", self._on_dialog)

    def _on_request(self, request: Request) -> None:
        # Going to another page of the same folder is no request for anything from outside.
        local = request.is_navigation_request() and request.url.startswith(("file:", "about:"))
        if not local and not request.url.startswith("data:"):
            self._seen.requests.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._seen.errors.append(f"console: {message.text}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self._seen.errors.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path: Path, width: int, height: int, today: date, media: dict[str, Any], *, ready: bool) -> Visit:
        """Nothing of an earlier test is left: no page to go back to, nothing stored, no pointer over anything."""
        self._seen = Visit(self.page)
        self._clock.enter_context(self.page.add_init_script(clock_at(today)))
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(**({"media": "null"} | MEDIA | media))
        self.page.goto(path.resolve().as_uri())
        if ready:
            self.page.wait_for_selector('html[data-ready="true"]', state="attached")
        return self._seen

    def leave(self) -> bool:
        """Ready for another test; False when the test has closed it."""
        if self.context.pages != [self.page]:
            return False
        self._seen = Visit(self.page)
        self._clock.close()
        self.page.mouse.move(-1, -1)
        self.page.goto("about:blank")
        self._tools.send("Page.resetNavigationHistory")
        self._tools.send("Storage.clearDataForOrigin", {"origin": "file://", "storageTypes": "all"})
        self.context.clear_cookies()
        return True


MEDIA = {
    "color_scheme": "light",
    "contrast": "no-preference",
    "forced_colors": "none",
    "reduced_motion": "no-preference",
}


@pytest.fixture(scope="session")
def windows(chromium: Browser) -> dict[str, list[Window]]:
    """The windows that no test has, by the options they were opened with."""
    return {}


@pytest.fixture
def visit(chromium: Browser, windows: dict[str, list[Window]]) -> Iterator[Callable[..., Visit]]:
    """``visit(path, width=390, height=844)``: a page opened from ``file://`` with the network refused.

    ``today``: the day of the reader's clock, without one a day before that of any page, which then says nothing of it.
    ``ready=True`` waits until the page says that it is drawn (``<html data-ready="true">``); further arguments are
    what the reader prefers (``color_scheme="dark"``, …) or go to the browser's context (``has_touch=True``,
    ``java_script_enabled=False``, …).
    """
    taken: list[tuple[str, Window]] = []

    def open_page(
        path: Path, width: int = 1440, height: int = 900, *, ready: bool = True, today: date = BEFORE, **options: Any
    ) -> Visit:
        media = {name: options.pop(name) for name in MEDIA if name in options}
        kind = repr(sorted(options.items()))
        free = windows.setdefault(kind, [])
        window = free.pop() if free else Window(chromium, options)
        taken.append((kind, window))
        return window.open(path, width, height, today, media, ready=ready)

    yield open_page
    for kind, window in taken:
        if len(windows[kind]) < SPARE and window.leave():
            windows[kind].append(window)
        else:
            window.context.close()
