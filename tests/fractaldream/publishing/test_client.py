"""Errors of Kaggle's client in one line each, and requests that do not wait for ever."""

import errno
import time
from types import SimpleNamespace

import pytest

from fractaldream.publishing import client

requests = pytest.importorskip("requests", reason="needs requests")


class Answer:
    def __init__(self, status, message):
        self.status_code, self.message = status, message

    def json(self):
        if self.message is None:
            raise ValueError
        return {"message": self.message}


@pytest.mark.parametrize(
    ("status", "what", "words"),
    [
        (401, "publish", "does not accept these credentials"),
        (403, "publish", "is --owner this account"),
        (403, "fetch", "is the data set public or yours"),
        (404, "fetch", "knows no such data set"),
        (429, "publish", "takes no more requests for now"),
        (503, "publish", "cannot answer now"),
        (418, "publish", "refuses the request"),
    ],
)
def test_each_status_says_what_to_do(status, what, words):
    error = requests.HTTPError(response=Answer(status, "two\nlines"))
    line = client.explain(error, what)
    assert words in line and f"({status}: two lines)" in line and "\n" not in line
    silent = client.explain(requests.HTTPError(response=Answer(status, None)), what)
    assert f"({status})" in silent


def test_no_answer_and_no_network_differ():
    assert "does not answer" in client.explain(requests.ReadTimeout(), "fetch")
    assert "check the network" in client.explain(requests.ConnectionError(), "fetch")


def test_every_request_has_a_limit_of_time_for_a_while(monkeypatch):
    given = []
    monkeypatch.setattr(requests.Session, "send", lambda self, request, **o: given.append(o))
    with client.limits():
        requests.Session().send(None)
        requests.Session().send(None, timeout=5)
    requests.Session().send(None)
    assert given == [{"timeout": client.LIMITS}, {"timeout": 5}, {}]


def test_a_full_disk_is_not_tried_again_and_other_errors_are(monkeypatch):
    module = SimpleNamespace(time=SimpleNamespace(sleep=(pauses := []).append, time=time.time))
    monkeypatch.setattr(client, "load", lambda: module)

    def download(code):
        try:
            raise OSError(code, "no")
        except OSError:
            module.time.sleep(2)

    with client.full_disk_ends_it():
        download(errno.ECONNRESET)
        assert pauses == [2] and module.time.time is time.time
        with pytest.raises(OSError, match="no"):
            download(errno.ENOSPC)
    download(errno.ENOSPC)
    assert pauses == [2, 2]  # as before


def test_long_texts_are_cut_to_one_line():
    text = client.one_line("a\n b " * 200)
    assert text.startswith("a b a b") and len(text) == 200
