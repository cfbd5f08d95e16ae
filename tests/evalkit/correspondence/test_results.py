"""The result of one generator as JSON, as a table and as text."""

import json

from evalkit.correspondence.rung_names import RUNGS
from invented_result import invented_result


def test_json_holds_every_rung_and_its_power():
    result = invented_result(power={"identity": 0.3})
    values = json.loads(json.dumps(result.to_dict()))
    assert tuple(values["levels"]) == RUNGS == tuple(values["power"])
    assert values["power"]["identity"]["smallest"] == 0.3
    assert values["power"]["local"] is None and values["verdict"] == result.verdict
    assert values["levels"]["identity"]["p_adjusted"] == 0.4
    assert values["levels"]["affine"]["skipped"] == "invented"


def test_a_rung_that_was_not_asked_has_a_row_without_figures():
    table = invented_result(skipped="3 latents, not 6").table()
    assert len(table.rows) == len(RUNGS) and all(len(row) == 7 for row in table.rows)
    identity, *_, local = table.rows
    assert identity[1] is None and identity[-1] == "not asked"
    assert local[1] == 0.1 and local[-1] == "no"


def test_the_text_answers_the_question():
    result = invented_result("runs/a.pt")
    lines = str(result).splitlines()
    assert lines[0] == "runs/a.pt" and lines[1].startswith("Question: ")
    assert f" Answer: {result.verdict} Images: " in " ".join(str(result).split())
    assert max(map(len, lines)) <= 100
