"""Options of `render` and `draw` that are rarely given; light, since command lines import them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RenderOptions:
    """Options of `render`: the images of a recipe to make, what is stored, and what renders them.

    Attributes
    ----------
    start, stop : int
        The first image, and the one to stop before. Default: all images of the recipe.
    counts : bool
        Store raw visit counts as well.
    virtual : bool
        Leave levels and counts in shards, in the folder OUT.shards, to which the file points.
    threads : int, optional
        Threads that render, or those of each new worker. Default: one for each processor.
    device : str
        `cpu`, or `cuda` to run the orbits on this machine's GPU and pack on `threads` threads.
    scheduler : str, optional
        Address of a Dask scheduler whose workers render, all of which see the folder of the file
        under the same name.
    workers : int, optional
        Start so many Dask workers on this machine. In a script, their processes need the call of
        `render` below `if __name__ == "__main__":`.
    """

    start: int = 0
    stop: int | None = None
    counts: bool = False
    virtual: bool = False
    threads: int | None = None
    device: str = "cpu"
    scheduler: str | None = None
    workers: int | None = None

    @property
    def elsewhere(self) -> bool:
        """Return whether Dask workers render, not threads of this process."""
        return self.scheduler is not None or self.workers is not None


@dataclass(frozen=True)
class DrawOptions:
    """Options of `draw`: how an orbit is run and shaded.

    Attributes
    ----------
    iterations : int, optional
        Number of points. Default: as many per pixel as in the published data set.
    skip : int
        Points left out before the first that counts.
    view : str
        `tight`, the orbit's bounding box, or `fixed`.
    tone : str
        Visits to levels: `eq_hist`, `log` or `linear`.
    """

    iterations: int | None = None
    skip: int = 0
    view: str = "tight"
    tone: str = "eq_hist"
