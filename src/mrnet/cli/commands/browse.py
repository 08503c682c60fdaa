"""`mrnet browse`: the slice viewer, in the browser."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mrnet.cli import console
from mrnet.cli.groups import LOOK
from mrnet.cli.options.common import SelectionOptions
from mrnet.cli.options.view import ViewOptions

if TYPE_CHECKING:
    from mrnet.viewer.server import ViewerServer

GROUP = LOOK


def run(
    selection: SelectionOptions,
    view: ViewOptions,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0 for any that is free.")] = 0,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Serve on this address.")] = "127.0.0.1",
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the link, open no browser.")] = False,
) -> int:
    """Scroll through an archive's slices in the browser; Ctrl-C ends it.

    Examples: [bold]mrnet browse[/], [bold]mrnet browse 1188 --at 21,15,14 --window 20 180[/],
    [bold]mrnet browse --sample 20 --blind --key key.csv[/].
    """
    from mrnet.viewer.server import ViewerServer, is_loopback

    selected = selection.select()
    roster = view.roster(selected.archive, selected.cases, selection.seed)
    with ViewerServer(roster, view.start(roster), host, port) as server:
        view.write_key(roster)
        if not is_loopback(host):
            console.say(
                f"Warning: serving on {host}: whoever has the link and reaches this machine sees these images, which "
                "are under a research-use agreement, and the link travels unencrypted"
            )
        announce(server, opens=not no_open)
        server.serve_forever()
    return selected.status


def announce(server: "ViewerServer", *, opens: bool) -> None:
    """Print the link, and open it where there is a browser with windows: one in the terminal would take it over."""
    console.publish(console.Result(data={"link": server.link}, draw=lambda: [console.styled(server.link)]))
    sys.stdout.flush()
    has_windows = sys.platform in {"win32", "darwin"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if opens and has_windows:
        import webbrowser

        webbrowser.open(server.link)
    console.say("Ctrl-C ends it.")
