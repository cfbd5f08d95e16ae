"""What other processes do with a data set. They import it by name, which they can of helpers alone:
torch-fidelity installs a package called `tests`."""


def read(data):
    return data[5].sum(), data.params[5, 0]
