"""A process that Fabric started is lost."""

import subprocess
from types import SimpleNamespace

import pytest
from lightning_fabric.strategies.launchers import subprocess_script

from fractaldream_models.distributed import lost_process


class Ended(BaseException):
    pass


def test_the_others_are_killed_and_one_line_is_printed(monkeypatch, capsys):
    def end(status):
        raise Ended(status)

    killed = []
    monkeypatch.setattr(lost_process, "GRACE", 0)
    monkeypatch.setattr(lost_process.os, "_exit", end)
    children = [SimpleNamespace(returncode=None, kill=lambda: killed.append(1)),
                SimpleNamespace(returncode=-9, kill=lambda: killed.append(2))]  # fmt: skip
    monkeypatch.setattr(
        subprocess_script._ChildProcessObserver, "_terminate_all", lambda self: None
    )
    lost_process.report_instead_of_killing()
    observer = subprocess_script._ChildProcessObserver(
        main_pid=0, child_processes=[subprocess.Popen(["true"])]
    )
    observer._child_processes = children
    with pytest.raises(Ended) as ended:
        observer._terminate_all()
    assert ended.value.args == (2,) and killed == [1, 2]
    error = capsys.readouterr().err
    assert error.startswith("Error: process 2 of 3 was lost") and error.count("\n") == 1
