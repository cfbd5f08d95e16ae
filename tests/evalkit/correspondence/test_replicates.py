"""Several generators as replicates of one experiment."""

import dataclasses
import json

from evalkit.correspondence.replicates import ReplicatesResult
from evalkit.correspondence.rung_names import TESTED
from invented_result import invented_result


def of_two():
    first = invented_result("a.pt", p=(0.01, 0.4, 0.4, 0.4))
    second = invented_result("b.pt")
    identity = dataclasses.replace(second.identity, effect=0.3)
    return ReplicatesResult((first, dataclasses.replace(second, identity=identity)), ("c.pt",))


def test_json_holds_each_generator_and_the_rungs_over_all():
    values = json.loads(json.dumps(of_two().to_dict()))
    assert [each["generator"] for each in values["generators"]] == ["a.pt", "b.pt"]
    assert values["pending"] == ["c.pt"] and tuple(values["across"]) == TESTED
    assert values["across"]["identity"]["mean"] == 0.2


def test_the_table_has_the_mean_its_interval_and_how_many_climb():
    identity, *_ = of_two().table().rows
    title, mean, low, high, climbed, _ = identity
    assert title.startswith("1 ") and mean == 0.2 and low < 0.2 < high
    assert climbed == "1 of 2"
    alone = ReplicatesResult((invented_result(),)).table().rows[0]
    assert alone[2:4] == (None, None)  # one generator has no interval


def test_the_text_has_every_ladder_and_what_holds_over_all():
    text = str(of_two())
    assert text.index("a.pt") < text.index("b.pt") < text.index("Across 2 generators")
