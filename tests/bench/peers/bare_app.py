"""The floor of start-up: a two-command Typer app that imports numpy and prints one Rich table."""

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def info(case: Annotated[str, typer.Argument(help="An id.")] = "0001") -> None:
    """Show a case."""
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    table = Table("plane", "slices")
    for plane, slices in zip(["axial", "coronal", "sagittal"], np.array([30, 20, 26]), strict=True):
        table.add_row(plane, str(slices))
    Console().print(case, table)


@app.command()
def other(case: str = "0001") -> None:
    """Do something else."""


if __name__ == "__main__":
    app()
