"""A folder in which one command runs."""


class Place:
    """A folder in which one command meets an accident.

    Attributes
    ----------
    folder
        Working directory.
    out
        Folder that the command writes to.
    """

    def __init__(self, stock, name, row, folder, read=None):
        self.stock, self.name, self.folder, self.read = stock, name, folder, read
        self.row, self.out = row, folder / "out"
        folder.mkdir()
        folder.chmod(0o777)

    def made(self):
        """Make the folder of the output and what the command finds in it."""
        self.out.mkdir(exist_ok=True)
        self.stock.prepare(self.name, self.out)
        return self

    def words(self, *more):
        return [*self.stock.words(self.name, self.row, self.out, self.read), "--quiet", *more]

    def run(self, *more, server=None, **options):
        options["environment"] = self.stock.environment | options.get("environment", {})
        return (server or self.stock.server).run(self.words(*more), self.folder, **options)

    def start(self, *more, environment=None):
        return self.stock.server.start(
            self.words(*more), self.folder, environment=self.stock.environment | (environment or {})
        )

    def wait(self, number, seconds=600):
        return self.stock.server.wait(number, self.folder, seconds)
