"""`mrnet browse`: the slice viewer, in the browser."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mrnet.cli import console
from mrnet.cli.groups import LOOK
from mrnet.cli.options.common import SelectionOptions, with_volumes
from mrnet.cli.options.view import ViewOptions
from mrnet.errors import UsageError
from mrnet.vocabulary import Plane

if TYPE_CHECKING:
    from mrnet.viewer.roster import Roster
    from mrnet.viewer.server import ViewerServer

GROUP = LOOK


def run(
    selection: SelectionOptions,
    view: ViewOptions,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            metavar="N",
            help="0 for any that is free.",
            show_default="the reading's own, 20000 to 29999",
        ),
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Serve on this address.")] = "127.0.0.1",
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the link without opening a browser.")] = False,
) -> int:
    """Scroll through an archive's slices in the browser; Ctrl-C ends it.

    Examples: [bold]mrnet browse[/], [bold]mrnet browse 1188 --at 21,15,14 --window 20 180[/],
    [bold]mrnet browse --sample 20 --blind --key key.csv[/].
    """
    from mrnet.viewer.server import is_loopback

    selected = with_volumes(selection.select(), list(Plane), quiet=selection.quiet)
    roster = view.roster(selected.archive, selected.cases, selection.seed)
    with open_server(roster, view.start(roster), host, port) as server:
        view.write_key(roster)
        if not is_loopback(host):
            console.say(
                f"Warning: serving on {host}: anyone who has the link and reaches this machine sees these images, which "
                "are under a research-use agreement, and the link travels unencrypted"
            )
        announce(server, opens=not no_open)
        server.serve_forever()
    return selected.status


def open_server(roster: "Roster", start: dict[str, Any], host: str, port: int | None) -> "ViewerServer":
    """Return a server at the named port, else at the reading's own port: browsers store answers by port.

    Raises:
        UsageError: the port is not available. A reading that is not blind uses any free port instead, with a message.
    """
    from mrnet.viewer.server import PortError, ViewerServer

    if port is not None:
        return ViewerServer(roster, start, host, port)
    try:
        return ViewerServer(roster, start, host, roster.port)
    except PortError as error:
        if roster.blind:
            raise UsageError(
                f"port {roster.port} is taken, and the browser keeps the answers of this reading under it; if the "
                "reading is still open elsewhere, continue or end it there; else name another port with --port, which "
                "starts without these answers"
            ) from error
    server = ViewerServer(roster, start, host)
    console.say(f"Port {roster.port} is taken: the page at this other port does not show the answers given there")
    return server


def announce(server: "ViewerServer", *, opens: bool) -> None:
    """Print the link, and open it in a graphical browser; a text browser would take over the terminal."""
    console.publish(console.Result(data={"link": server.link}, draw=lambda: [console.styled(server.link)]))
    sys.stdout.flush()
    has_windows = sys.platform in {"win32", "darwin"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if opens and has_windows:
        import webbrowser

        webbrowser.open(server.link)
    console.say("Ctrl-C ends it.")
