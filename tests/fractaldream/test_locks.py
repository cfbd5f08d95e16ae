"""Files that keep other processes away."""

import shutil

from fractaldream import locks
from fractaldream.locks import held


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_again(tmp_path, monkeypatch):
    path, takes = tmp_path / "a" / "lock", []

    def removing(descriptor, message, hold=locks.hold):
        hold(descriptor, message)
        takes.append(descriptor)
        if len(takes) == 1:  # the process before this one removes what it held
            shutil.rmtree(path.parent)

    monkeypatch.setattr(locks, "hold", removing)
    with held(path, "held"):
        assert len(takes) == 2 and path.exists()
