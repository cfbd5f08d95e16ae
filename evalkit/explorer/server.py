"""Serve the page from this machine, which asks nothing of any other."""

import contextlib
import errno
import logging
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fractaldream_base.errors import BadInput

from .content import Content

if TYPE_CHECKING:
    from bokeh.document import Document
    from tornado.ioloop import IOLoop

MOST_PAGES = 48  # open at once; a page that is closed counts for some 20 seconds more


def serve(
    content: Content,
    *,
    port: int = 5006,
    address: str = "127.0.0.1",
    origins: tuple[str, ...] = (),
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    content
        What the page shows.
    port
        Port; 0 for any free one.
    address
        Address to listen on.
    origins
        Further HOST:PORT by which browsers come, as behind a tunnel. Pages of other origins get no
        answer.
    ready
        Called with the page's URL when the server listens.

    Raises
    ------
    BadInput
        If nothing can listen there.
    """
    check_origins(origins)
    from bokeh.application import Application
    from bokeh.application.handlers.function import FunctionHandler
    from tornado.ioloop import IOLoop

    application = Application(FunctionHandler(page_opener(content)))
    server = _listen(application, port, address, origins)
    host = address if address not in ("", "0.0.0.0") else "127.0.0.1"
    url = f"http://{host}:{server.port}/"
    server.start()
    try:
        IOLoop.current().call_later(0, ready, url)
        with _stopped_by_ctrl_c(server.io_loop):
            server.io_loop.start()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()


@contextlib.contextmanager
def _stopped_by_ctrl_c(io_loop: "IOLoop") -> Iterator[None]:
    """Let Ctrl-C stop the loop, between two callbacks.

    A KeyboardInterrupt may be raised where Python only reports it, as in a finaliser, and the
    server would go on. It remains where a loop has no signal handlers (Windows, other threads).
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # begun in the background
    loop = getattr(io_loop, "asyncio_loop", None)
    if loop is None or ignored or threading.current_thread() is not threading.main_thread():
        yield
        return
    with contextlib.suppress(NotImplementedError):
        loop.add_signal_handler(signal.SIGINT, io_loop.stop)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)


def page_opener(content: Content) -> "Callable[[Document], None]":
    """Return a function that fills documents with the page, at most MOST_PAGES at once."""
    from .document import fill, refuse_page
    from .session import PageSession

    open_pages: set[int] = set()

    def open_page(document: "Document") -> None:
        if len(open_pages) >= MOST_PAGES:
            refuse_page(document, f"{MOST_PAGES} pages are open: close some, wait, and reload")
            return
        number = id(document)
        open_pages.add(number)
        document.on_session_destroyed(lambda session: open_pages.discard(number))
        PageSession(document, fill(document, content, live=True), content)

    return open_page


def check_port(port: int, address: str) -> None:
    """Raise BadInput where nothing can listen, before the work begins."""
    if ":" in address:
        raise BadInput(f"address {address}: give an IPv4 address or a name")
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise _refusal(error, port, address) from error


def check_origins(origins: tuple[str, ...]) -> None:
    """Raise BadInput for an origin that is no HOST or HOST:PORT, before the work begins."""
    for origin in origins:
        host, colon, port = origin.partition(":")
        if not re.fullmatch(r"[\w.*-]+", host) or (colon and not _is_port(port)):
            scheme, _, rest = origin.partition("://")
            mended = rest.split("/")[0] or "host.example"
            if scheme == "https" and ":" not in mended:
                mended += ":443"
            raise BadInput(f"--origin {origin}: give HOST:PORT, such as {mended}")


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether a record is more than Bokeh's assertion about a page that has closed."""
    return "AssertionError" not in record.getMessage() and not (
        record.exc_info and record.exc_info[0] is AssertionError
    )


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536


def _refusal(error: OSError, port: int, address: str) -> BadInput:
    if error.errno == errno.EADDRINUSE:
        return BadInput(
            f"port {port} is in use; give another with --port, or --port 0 for a free one"
        )
    return BadInput(
        f"{address}:{port}: cannot listen ({error.strerror}); give another --address or --port"
    )


def _listen(application, port: int, address: str, origins: tuple[str, ...]):  # type: ignore[no-untyped-def]
    from bokeh.server.server import Server

    logging.getLogger("bokeh").setLevel(logging.WARNING)
    # strange addresses, and pages that close while an answer is under way, are no news
    for name in ("tornado.access", "tornado.general", "bokeh.server.views.ws"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in ("tornado.application", "bokeh.server.protocol_handler"):
        logging.getLogger(name).addFilter(_is_news)
    if port == 0:  # origins must name the port, so it is chosen here
        try:
            with socket.socket() as probe:
                probe.bind((address, 0))
                port = probe.getsockname()[1]
        except OSError as error:
            raise _refusal(error, port, address) from error
    hosts = {"127.0.0.1", "localhost", address}
    if address in ("", "0.0.0.0"):
        hosts |= {socket.gethostname(), socket.getfqdn()}
    allowed = [f"{host}:{port}" for host in sorted(hosts) if host] + list(origins)
    try:
        return Server(
            {"/": application},
            port=port,
            address=address,
            allow_websocket_origin=allowed,
            check_unused_sessions_milliseconds=5000,
            unused_session_lifetime_milliseconds=15000,
        )
    except OSError as error:
        raise _refusal(error, port, address) from error


def open_browser(url: str) -> bool:
    """Open a window of the user's browser, and return whether there was one to open.

    Browsers of the terminal are none: they would take it from the server, and run no script.
    """
    import webbrowser

    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not screen and not os.environ.get("BROWSER"):
        return False
    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False
