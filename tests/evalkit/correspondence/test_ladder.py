"""The ladder as a whole, on what is planted and on what knows nothing, and its command."""

import dataclasses
import functools
import json
import re
import zlib

import numpy as np
import pytest
from click.testing import CliRunner
from fractaldream_models import checkpoint as files
from fractaldream_models.model import ModelConfig
from scipy.stats import binomtest, kstest

from evalkit.correspondence import cli, ladder
from evalkit.correspondence import resume as kept
from evalkit.correspondence import session as setting
from evalkit.correspondence.nulls.ensembles import SHARED
from evalkit.correspondence.nulls.generators import (
    axis_network,
    other_attractor,
    radial_network,
    smooth_network,
    untrained,
)
from evalkit.correspondence.power import planted as looked_for
from evalkit.correspondence.power.search import share_like, smallest_share
from evalkit.correspondence.replicates import across
from evalkit.correspondence.report import page, table
from evalkit.correspondence.results import RUNGS, TESTED, Settings, check
from evalkit.correspondence.rungs import probes as described
from evalkit.correspondence.rungs import ranked
from evalkit.correspondence.rungs.encoders import affine_codes, density_ratio, expand, learn_encoder
from evalkit.correspondence.rungs.neighbourhood import near_by_sizes, neighbourhood
from evalkit.correspondence.rungs.pair_scores import group_scores
from evalkit.correspondence.rungs.pairs import DISTANCES, group_statistics, pair_test
from evalkit.correspondence.rungs.probes import read_off
from evalkit.correspondence.rungs.regression import affine_sizes
from evalkit.correspondence.rungs.rotation import find_rotation
from evalkit.correspondence.subject import from_callable, load
from evalkit.errors import BadInput
from evalkit.family.renderer import renderer_of
from evalkit.networks import inverse_training as learning
from evalkit.statistics.inference import rank
from evalkit.statistics.orthogonal_group import haar, signed_permutations
from fractaldream.cli import render
from fractaldream.palettes import palette

NETWORK = ModelConfig("aae", size=16, channels=1, latent=6, width=0.0625)
IGNORANT = {
    "smooth": lambda rng, fd: smooth_network(6, rng, channels=1),
    "axis": lambda rng, fd: axis_network(6, rng, channels=1),
    "radial": lambda rng, fd: radial_network(6, rng, channels=1),
    "clifford": lambda rng, fd: other_attractor("clifford", rng, fd),
    "untrained": lambda rng, fd: untrained(NETWORK, int(rng.integers(2**31)))[0],
}
# a lenient level allows ensembles small enough for a test
QUICK = Settings(n=80, rotations=99, ensemble=19, replicates=2, alpha=0.2, seed=1)


@pytest.fixture(scope="module", autouse=True)
def short():
    """Fewer images and ascents: these tests ask about verdicts, not about the last digit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setting, "READ_IMAGES", 1024)
        patch.setattr(setting, "LOCAL_IMAGES", 256)
        patch.setattr(described, "LEARNT_PAIRS", 256)
        patch.setattr(ranked, "CONTROLS", 2)
        quick = functools.partial(find_rotation, screened=8, starts=2, steps=12)
        patch.setattr(looked_for, "find_rotation", quick)
        patch.setattr(ranked, "find_rotation", quick)
        yield


@pytest.fixture(scope="module")
def results(fd, learnt):
    """The map itself, the map mirrored, and a smooth network that knows nothing."""
    network = smooth_network(6, np.random.default_rng(5), channels=1)
    asked = [
        from_callable(fd.levels, "planted"),
        from_callable(lambda z: fd.levels(z)[:, ::-1], "mirrored"),
        from_callable(lambda z: network(z)[:, 0], "smooth"),
    ]
    found = ladder.correspond(asked, fd, learnt[0], QUICK, progress=False)
    return {result.generator: result for result in found}


@pytest.fixture(scope="module")
def planted(results):
    return results["planted"]


def test_the_map_itself_is_found_at_the_first_rung(planted):
    assert planted.established == "identity"
    assert planted.levels["identity"].p_value == 0.01  # the smallest that 99 draws allow
    assert planted.levels["identity"].nulls["haar"] == 0.01
    assert planted.verdict.startswith("Correspondence")
    assert planted.levels["identity"].detail["correlation_of_blurred"] > 0.99


def test_the_json_is_stable_and_complete(planted):
    values = json.loads(json.dumps(planted.to_dict()))
    assert tuple(values["levels"]) == RUNGS
    for level in values["levels"].values():
        assert {"statistic", "effect", "ci", "p_value", "p_adjusted"} <= set(level)
        assert level["ci"][0] <= level["effect"] <= level["ci"][1]
    assert {"verdict", "n", "seed", "power", "group", "correction"} <= set(values)
    assert tuple(values["power"]) == RUNGS
    for name, power in values["power"].items():
        if name in TESTED:
            assert {"smallest", "rates", "replicates", "alpha"} <= set(power)
        else:  # described: nothing that could be missed, and that is said
            assert power is None and "describes" in values["no_power"][name]
    assert values["levels"]["affine"]["p_value"] is None  # described, no verdict
    assert set(values["levels"]["affine"]["detail"]["r2"]) == {"x0", "y0", "a", "b", "c", "d"}


def test_permuted_axes_are_ranked_among_ignorant_generators(fd, learnt, results):
    order = [0, 1, 4, 5, 2, 3]
    permuted = from_callable(lambda z: fd.levels((z * [1, 1, 1, -1, 1, 1])[:, order]), "permuted")
    few = dataclasses.replace(QUICK, n=256, replicates=0)
    (found,) = ladder.correspond([permuted], fd, learnt[0], few, progress=False)
    axes = found.levels["symmetry"].detail["axes"]
    assert axes["p_families"] == 0.05 and found.levels["symmetry"].p_value > 0.05
    assert results["smooth"].levels["symmetry"].detail["axes"]["p_families"] > 0.05
    assert "best signed permutation" in table(found)


def test_power_finds_the_map_behind_its_symmetries_and_not_what_hardly_follows(
    fd, learnt, monkeypatch
):
    few = dataclasses.replace(QUICK, rotations=19, replicates=4)
    shared = setting.Shared.render([from_callable(fd.levels, "planted")], fd, learnt[0], few, False)
    nothing = setting.Ensemble("", np.full(19, -9.0), np.full(19, -9.0), np.zeros(19))
    shared.drawn.update(dict.fromkeys(SHARED, nothing))
    asked = looked_for.Planted(shared, np.random.default_rng(0))
    for k in range(few.replicates):
        found, score = asked.symmetry(1.0, k)
        assert found and score >= asked.identity(1.0, k)[1]
    hardly = [asked.symmetry(0.05, k)[0] for k in range(few.replicates)]
    assert sum(hardly) < few.replicates / 2
    monkeypatch.setattr(looked_for, "DRAWS_AT_ONCE", 5)  # an early end changes no decision
    assert [asked.symmetry(0.05, k)[0] for k in range(few.replicates)] == hardly
    assert asked.symmetry(1.0, 0)[0]
    kept_images = asked.images(1.0, 0)
    assert not np.array_equal(kept_images[1], asked.images(1.0, 1)[1])  # latents of their own
    asked.made.clear()
    asked.room = 0  # what there is no room for is rendered again, the same
    for one, other in zip(kept_images, asked.images(1.0, 0), strict=True):
        assert np.array_equal(one, other)
    assert not asked.made


def test_a_generator_that_makes_one_image_ties_with_every_draw(fd, learnt):
    few = dataclasses.replace(QUICK, rotations=19)
    always = np.random.default_rng(0).integers(256, size=(32, 32)).astype(np.uint8)
    constant = from_callable(lambda z: np.repeat(always[None], len(z), 0), "constant")
    shared = setting.Shared.render([constant], fd, learnt[0], few, False)
    rngs = dict.fromkeys(("boot", "fits"), np.random.default_rng(0))
    for level in ladder.group_levels(shared.prepared[0], shared, rngs):
        assert level.p_value == 1 and rank("again", level.statistic, level.draws).p_value == 1


def test_the_same_seed_gives_the_same_numbers_whoever_is_asked_beside(fd, learnt, results):
    asked = [from_callable(lambda z: fd.levels(z)[:, ::-1], "mirrored")]
    again = ladder.correspond(asked, fd, learnt[0], QUICK, progress=False)[0]
    assert again.to_dict() == results["mirrored"].to_dict()


def test_a_mirrored_map_is_found_at_the_second_rung(results):
    symmetry = results["mirrored"].levels["symmetry"]
    assert symmetry.p_value <= 0.05
    how = symmetry.detail["operation"]  # of attractors that equal their half turn, either mirror
    assert how["mirror_x"] != how["mirror_y"] and not how["transposed"]


def test_a_smooth_network_is_not_called_corresponding(results):
    assert results["smooth"].established is None
    rotation = results["smooth"].levels["rotation"]
    assert rotation.statistic < 0 and rotation.p_value == 1  # whatever the families say
    assert "No correspondence found" in results["smooth"].verdict


def test_seeds_are_replicates(results):
    rows = {row.rung: row for row in across([results["planted"], results["mirrored"]])}
    effects = [results[name].levels["symmetry"].effect for name in ("planted", "mirrored")]
    assert rows["symmetry"].mean == pytest.approx(np.mean(effects))
    low, high = rows["symmetry"].ci
    assert low <= min(effects) and high >= max(effects)
    assert rows["symmetry"].p_value == 0.01  # none of 99 pairs of draws is as good
    assert across([results["smooth"]] * 3)[0].p_value > 0.05
    assert rows["affine"].found is None and rows["affine"].p_value is None


@pytest.mark.parametrize("kind", IGNORANT)
def test_ignorant_generators_are_rejected_no_more_often_than_asked(fd, learnt, kind):
    """The small form of bench/calibration.py: rungs 1 and 2, 50 generators of a kind."""
    p = {"identity": [], "symmetry": []}
    for rng in np.random.default_rng([4, zlib.crc32(kind.encode())]).spawn(50):
        z = rng.standard_normal((32, 6))
        test = pair_test("density", learnt[0], IGNORANT[kind](rng, fd)(z))
        turns = np.concatenate([np.eye(6)[None], signed_permutations(6, 39, rng)])
        values = group_scores(test.mixtures, z, turns)
        for name, found in (("identity", values[0]), ("symmetry", values.max(0))):
            p[name].append(rank("", found[0], found[1:]).p_value)
    for found in p.values():
        rejected = int(np.sum(np.array(found) <= 0.05))
        assert binomtest(rejected, 50, 0.05, alternative="greater").pvalue > 1e-3
        assert kstest(found, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("distance", DISTANCES)
def test_every_distance_finds_the_map_among_transformed_ones(fd, learnt, distance):
    rng = np.random.default_rng(3)
    v = rng.standard_normal((64, 6))
    test = pair_test(distance, learnt[0], fd.small(v))
    turns = {"signed-permutations": signed_permutations(6, 39, rng)}
    found, _ = group_statistics({0: test}, fd, v, turns, "signed-permutations", False)
    values = found[0]["signed-permutations"]
    assert values.shape == (8, 40) and values[0].argmax() == 0
    # no operation fits better than none; the family's attractors come half turned as often, and
    # density alone asks about the family
    assert values[:, 0].argmax() in ((0, 3) if distance == "density" else (0,))


def test_what_an_affine_map_leaves_is_read_off(fd, learnt):
    rng = np.random.default_rng(0)
    network = learnt[0]
    z, v = rng.standard_normal((1024, 6)), rng.standard_normal((2048, 6))
    hidden = network.hidden(fd.small(v))
    matrix = haar(6, 1, rng)[0] * [1, 1, 1, 2, 1, 1]  # b is stretched
    images = fd.small(z @ matrix + [0, 0, 0.3, 0, 0, 0])
    codes = affine_codes(network, z, network.hidden(images), hidden)
    ceiling = network.answer(hidden).moments()[1].numpy()
    smooth = network.hidden(smooth_network(6, rng, channels=1)(z))
    others = {"smooth": affine_codes(network, z, smooth, hidden)}
    turns = read_off(codes, others, v, ceiling, affine_sizes, rng, folds=4)
    assert turns.above("a") and turns.above("b")
    noise = {"noise": rng.standard_normal((2048, 27))}
    read = read_off(codes, noise, v, ceiling, affine_sizes, rng)
    for name in "ab":
        assert read.baselines["noise"][name] < 0.05 < read.low[name]
        assert read.low[name] < read.r2[name] < read.high[name]
        low, high = read.margins["noise"][name]
        assert low < read.r2[name] - read.baselines["noise"][name] < high
    assert read.above("mean")
    for name in "ab":  # four times as many are held out
        width = (turns.high[name] - turns.low[name]) / (read.high[name] - read.low[name])
        assert 0.3 < width < 0.8 and turns.r2[name] == pytest.approx(read.r2[name], abs=0.1)
    itself = read_off(codes, noise | {"same": codes}, v, ceiling, affine_sizes, rng)
    assert itself.margins["same"]["mean"] == (0, 0) and not itself.above("mean")
    assert np.all(neighbourhood(np.abs(v[:, 2:]), near_by_sizes(v)) == 1)


def test_pairs_are_weighted_like_the_images_that_are_read():
    rng = np.random.default_rng(0)
    wide, narrow = 1.4 * rng.standard_normal((4000, 3)) + 0.4, rng.standard_normal((4000, 3))
    weights = density_ratio(np.hstack([wide, wide**2]), np.hstack([narrow, narrow**2]))
    assert weights.mean() == pytest.approx(1) and weights.max() / np.median(weights) < np.exp(2.01)
    assert np.allclose(np.average(wide, 0, weights), 0, atol=0.1)
    assert np.allclose(np.average(wide**2, 0, weights), 1, atol=0.2)
    turned = np.where(np.arange(4000)[:, None] < 2000, wide, -wide)  # the second half misleads
    encoder = learn_encoder(wide, turned, (np.arange(4000) < 2000) * 1.0)
    assert np.allclose(encoder.products(narrow)[:, :3], narrow, atol=0.02)
    many = rng.standard_normal((300, 40))
    wanted = learn_encoder(many, many).products(many)
    assert wanted.shape == expand(many).shape == (300, 80)  # no products of so many


def test_affine_reads_sizes_of_affine_functions_and_of_nothing_else():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((2000, 5))
    w, shift = rng.standard_normal((5, 2)), np.array([0.5, -1])
    sizes = np.abs(z @ w + shift)
    read = affine_sizes(expand(z), np.column_stack([sizes, np.linalg.norm(z, axis=1)]), 1500)
    # beyond the largest size that it learnt from, a curve is level
    inside = sizes[1500:] < np.sort(sizes[:1500], axis=0)[-20]
    assert np.abs(read[:, :2] - sizes[1500:])[inside].max() < 0.05
    left = read[:, 2] - np.linalg.norm(z[1500:], axis=1)
    assert left.var() > 0.5 * np.linalg.norm(z, axis=1).var()  # a quadratic form, but of no one w
    assert read.min() >= 0 and read.max() <= 2 * sizes.max()  # whatever the codes are
    nothing = affine_sizes(np.ones((2000, 20)), sizes, 1500)
    assert np.allclose(nothing, sizes[:1500].mean(0))


def test_power_is_the_smallest_share_that_is_found():
    power = smallest_share(lambda s, k: (s >= 0.4, 2 * s), replicates=3, alpha=0.05)
    assert power.smallest == 0.4 and power.rates[0.4] == 1
    assert np.isclose(share_like(power, 1.0), 0.5) and share_like(power, -3) == 0
    assert smallest_share(lambda s, k: (False, 0), replicates=1, alpha=0.05).smallest is None


def test_the_page_needs_nothing_else_and_shows_names_as_text(fd, planted):
    hostile = dataclasses.replace(planted, generator="<script>alert(1)</script>")
    text = page([hostile, planted])
    assert "<script" not in text and "&lt;script" in text
    assert not re.search(r'(?:src|href)=(?!"data:)', text)
    assert planted.verdict in text and "Across 2 generators" in text
    assert planted.verdict in table(planted)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"n": 8}, "n 8"),
        ({"rotations": 19}, "rotations 19"),
        ({"ensemble": 9}, "ensemble 9"),
        ({"alpha": 0.9}, "alpha"),
    ],
)
def test_settings_that_no_test_can_be_made_of_are_refused(how, said):
    with pytest.raises(BadInput, match=said):
        check(Settings(**how))


@pytest.mark.parametrize(
    ("asked", "used"),
    [((None, None), (None, None)), ((3, 5), (3, 5)), ((6, 9), (5, 9)), ((2, 51), (2, 31))],
)
def test_untrained_networks_have_the_convolutions_of_the_model_that_32_px_allow(asked, used):
    config = ModelConfig("dcgan", 64, 1, 6, width=0.01, depth=asked[0], kernel=asked[1])
    small = ranked.narrowed(untrained(config, 0)[1])
    assert (small.size, small.depth, small.kernel) == (32, *used)
    assert untrained(small, 1)[1].sample(2).shape == (2, 1, 32, 32)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A data set of 32 px."""
    path = tmp_path_factory.mktemp("data") / "normal32.h5"
    asked = ["--law", "normal", "--no-refusals", "--n", "64", "--size", "32", "--quiet"]
    done = CliRunner().invoke(render, [*asked, "--iterations", "10000", "--out", str(path)])
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture
def checkpoint(tmp_path, dataset):
    """A small untrained dcgan of the asked latent size, saved as if `dataset` had taught it."""

    def save(latent, **data):
        config = ModelConfig("dcgan", size=32, channels=1, latent=latent, width=0.05)
        path = tmp_path / f"{latent}.pt"
        read = data or {"read": {"source": str(dataset)}}
        files.save(untrained(config, 0)[1], path, data=read, metrics={})
        return path

    return save


@pytest.fixture
def command(learnt, monkeypatch, tmp_path):
    """evalkit correspond with the inverse renderer of these tests."""
    (tmp_path / "i.pt").touch()
    monkeypatch.setattr(learning, "inverse_of", lambda *a, **k: (learnt[0], {}, tmp_path / "i.pt"))
    monkeypatch.chdir(tmp_path)
    quick = ["--n", "48", "--rotations", "99", "--ensemble", "19", "--alpha", "0.2"]
    quick += ["--replicates", "0", "--quiet"]

    def run(*args):
        return CliRunner().invoke(cli.correspond, [*quick, *map(str, args)])

    return run


def test_the_command_on_a_checkpoint(command, checkpoint, tmp_path):
    done = command(checkpoint(6), "--json", "out.json", "--report", "out.html")
    assert done.exit_code == 0, done.output
    assert "adjusted" in done.stdout and "identity" in done.stdout
    values = json.loads((tmp_path / "out.json").read_text())
    assert tuple(values["levels"]) == RUNGS and values["verdict"] in done.stdout
    assert "<!doctype html>" in (tmp_path / "out.html").read_text()


def test_another_latent_size_is_said_and_the_rest_is_answered(command, checkpoint):
    done = command(checkpoint(3), "--json", "-")
    assert done.exit_code == 2
    levels = json.loads(done.stdout)["levels"]
    assert "3 latents" in levels["identity"]["skipped"]
    assert levels["affine"]["statistic"] is not None and levels["local"]["p_value"] is not None
    assert done.stderr.count("\n") == 1 and "latent=6" in done.stderr


def test_what_is_done_is_kept_when_the_next_one_is_interrupted(
    command, checkpoint, results, tmp_path, monkeypatch
):
    one, two = "6.pt", str(checkpoint(6).rename(tmp_path / "other.pt"))
    checkpoint(6)
    asked, powers = [], []

    def interrupted(generators, *args, **how):
        yield results["planted"]
        raise KeyboardInterrupt

    def whole(generators, *args, power, **how):
        powers.append(power)
        asked.extend(generator.name for generator in generators)
        for generator in generators:
            yield results["planted" if generator.name == one else "smooth"]

    command_line, report = (one, two, "--json", "out.json"), ("--report", "out.html")
    monkeypatch.setattr(kept, "climbs", interrupted)
    done = command(*command_line, *report)
    assert done.exit_code != 0
    next(tmp_path.glob("power-*.json")).unlink()  # as where the cache cannot be written
    first = json.loads((tmp_path / "out.json").read_text())
    verdict = results["planted"].verdict
    assert [found["verdict"] for found in first["generators"]] == [verdict]
    assert first["pending"] == [two]
    assert verdict in done.stdout and verdict in (tmp_path / "out.html").read_text()

    monkeypatch.setattr(kept, "climbs", whole)
    done = command(*command_line, *report)
    assert done.exit_code == 0 and asked == [two]  # the other is not climbed again
    assert powers == [results["planted"].power]  # nor is its power asked again
    again = json.loads((tmp_path / "out.json").read_text())
    assert again["generators"][0] == first["generators"][0] and again["pending"] == []
    assert verdict in done.stdout and not (tmp_path / "out.json.part").exists()
    assert (tmp_path / "out.html").read_text().count("the observed value") == 16  # nulls, twice
    command(*command_line)
    assert asked == [two, one, two]  # nothing is left of a run that was done
    assert json.loads((tmp_path / "out.json").read_text()) == again

    monkeypatch.setattr(kept, "climbs", interrupted)
    command(*command_line)
    monkeypatch.setattr(kept, "climbs", whole)
    command(*command_line, "--seed", "3")
    assert asked[3:] == [one, two] and powers[-1] == {}  # other settings
    (tmp_path / "out.json.part").write_bytes(b"no")
    assert "remove it" in str(command(*command_line).exception)


def test_the_power_is_kept_for_the_next_generator(
    command, checkpoint, results, tmp_path, monkeypatch
):
    powers = []

    def climbs(generators, *args, power, **how):
        powers.append(power)
        yield results["planted"]

    monkeypatch.setattr(kept, "climbs", climbs)
    command(checkpoint(6))
    another = checkpoint(6).rename(tmp_path / "other.pt")
    assert command(another).exit_code == 0
    assert powers == [{}, results["planted"].power]
    command(another, "--n", "64")
    (tmp_path / "i.pt").write_bytes(b"another")
    command(another)
    assert powers[2:] == [{}, {}]  # of other settings, of another inverse renderer
    for file in tmp_path.glob("power-*.json"):
        file.write_text("no")
    assert "remove it" in str(command(another).exception)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return np.zeros((2, 32, 30))", "shape"),
        ("return np.full((len(z), 32, 32), np.nan)", "NaN"),
        ("return np.zeros((3, 32, 32))", "3 images for 5"),
        ("raise KeyError('x')", "KeyError"),
    ],
)
def test_callables_that_misbehave_are_named(body, said, tmp_path, monkeypatch):
    name = f"mine_{abs(hash(body))}"
    (tmp_path / f"{name}.py").write_text(f"import numpy as np\ndef g(z):\n    {body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadInput, match=said) as refused:
        load(f"{name}:g")
    assert f"{name}:g" in str(refused.value)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere.pt"], "no such file"),
        (["nowhere"], "module:callable"),
        (["json:nothing"], "no nothing"),
        (["no_such_module:g"], "cannot import"),
    ],
)
def test_generators_that_are_not_there(command, args, said):
    done = command(*args)
    assert isinstance(done.exception, ValueError) and said in str(done.exception)


def test_a_checkpoint_is_judged_by_its_own_data_set_and_colours(command, tmp_path):
    network = untrained(ModelConfig("dcgan", size=32, channels=3, latent=6, width=0.05), 0)[1]
    for name, colours, source in (("a", "kbc", "x"), ("b", "inferno", "x"), ("c", "kbc", "y")):
        read = {"read": {"source": source, "palette": colours}}
        files.save(network, tmp_path / f"{name}.pt", data=read, metrics={})
    assert "different palettes" in str(command("a.pt", "b.pt").exception)
    assert "different data sets" in str(command("a.pt", "c.pt").exception)
    assert "c.pt: learnt from y" in str(command("c.pt").exception)
    asked = load("b.pt").palette
    there = renderer_of(None, mapping="standard", size=32, colour=True, palette=asked)
    assert np.array_equal(there.palette, palette("inferno"))


def test_a_data_file_of_another_size_or_none_is_refused(command, checkpoint):
    done = command(checkpoint(6), "--data", "nowhere.h5")
    assert "nowhere.h5" in str(done.exception)
    done = command(checkpoint(6, read={}), checkpoint(3))
    assert "6.pt" in str(done.exception) and "give --data FILE" in str(done.exception)
