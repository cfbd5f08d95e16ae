"""The page in a real browser: by mouse, by keyboard, what it saves, what cannot run in it."""

import csv
import os

import numpy as np
import pytest
from PIL import Image

from clean_files import write_set
from evalkit.clean.assessment import assess
from evalkit.clean.clean_copy import apply
from evalkit.clean.options import ApplyOptions, ReviewOptions
from evalkit.clean.page import Item, render_page
from evalkit.clean.review_store import write_review
from evalkit.clean.summary import ReviewSummary

HOSTILE = "<img src=x onerror=hit=1>'\"&amp;</script><script>hit=1<!--.png"


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """60 scenes, a mirrored one, a copy, a broken file and one with a hostile name."""
    place = tmp_path_factory.mktemp("page")
    folder = place / "set"
    images = write_set(folder, 60)
    images[1].transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.png")
    images[2].save(folder / "copy.bmp")
    (folder / "broken.png").write_bytes(b"nothing")
    hostile = folder / HOSTILE.replace("/", "\N{DIVISION SLASH}")
    images[3].rotate(90).save(os.fspath(hostile))
    write_review(assess(folder, options=ReviewOptions(workers=1)), place / "out")
    return place


@pytest.fixture
def opened(browser, reviewed):
    context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    tab = context.new_page()
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto((reviewed / "out" / "review.html").as_uri())
    tab.wait_for_selector(".tile")
    yield tab
    assert not errors
    context.close()


def counts(tab):
    return [int(b.inner_text().replace(",", "")) for b in tab.query_selector_all("#count b")]


def saved(tab, place):
    with tab.expect_download() as waiting:
        tab.click("#save")
    assert waiting.value.suggested_filename == "decisions.csv"
    waiting.value.save_as(place)
    with place.open(newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def test_click_keyboard_ranges_and_undo(opened):
    opened.select_option("#view", "suspicion")
    tiles = opened.locator(".tile")
    total = sum(counts(opened))
    assert total == 62  # one of two equal, none broken
    tiles.nth(2).click()
    assert counts(opened) == [1, 0, 61]
    tiles.nth(6).click(modifiers=["Shift"])
    assert counts(opened) == [5, 0, 57]
    opened.keyboard.press("z")
    assert counts(opened) == [1, 0, 61]
    tiles.nth(2).click()
    assert counts(opened) == [0, 1, 61]
    opened.keyboard.press("ArrowRight")
    for _ in range(3):
        opened.keyboard.press("Shift+ArrowRight")
    opened.keyboard.press("d")
    assert counts(opened) == [4, 1, 57]
    opened.keyboard.press("x")
    assert counts(opened) == [0, 1, 61]
    for _ in range(2):
        opened.click("#undo")
    assert counts(opened) == [0, 1, 61]
    opened.click("#undo")
    assert counts(opened) == [1, 0, 61]


def test_one_key_an_image_goes_on_to_the_next(opened):
    opened.select_option("#view", "suspicion")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowRight")
    for key in "ddkd":
        opened.keyboard.press(key)
    assert counts(opened) == [3, 1, 58]


def test_progress_is_kept_and_what_is_saved_can_be_applied(opened, reviewed, tmp_path):
    opened.select_option("#finding", "near-duplicate")
    assert opened.locator(".tile").count() >= 2
    opened.locator(".head button", has_text="keep the best").first.click()
    dropped, kept, _ = counts(opened)
    assert dropped >= 1 and kept == 1
    opened.reload()
    opened.wait_for_selector(".tile")
    assert counts(opened)[:2] == [dropped, kept]
    rows = saved(opened, tmp_path / "decisions.csv")
    assert len(rows) == dropped + kept
    assert all("near" in row["reason"] for row in rows.values() if row["decision"] == "drop")
    done = apply(
        reviewed / "set",
        tmp_path / "decisions.csv",
        tmp_path / "clean",
        options=ApplyOptions(workers=1),
    )
    assert (done.kept, done.left_out, done.strange) == (62 - dropped, dropped + 2, 0)


def test_the_best_of_a_group_is_of_all_of_it_whatever_is_hidden(opened, tmp_path):
    opened.select_option("#view", "groups")
    opened.fill("#search", "mirrored")
    names = {"mirrored.png", "scene-001.png"}
    assert opened.locator(".tile").count() == 1
    assert "1 of 2 images" in opened.locator(".head span").first.inner_text()
    opened.locator(".head button", has_text="keep the best").click()
    assert counts(opened)[:2] == [1, 1]
    rows = saved(opened, tmp_path / "d.csv")
    assert rows.keys() == names and {r["decision"] for r in rows.values()} == {"keep", "drop"}
    best = next(path for path, row in rows.items() if row["decision"] == "keep")
    opened.keyboard.press("z")
    opened.fill("#search", best)
    opened.locator(".tile").click()  # the best itself is dropped: the other stays
    opened.locator(".head button", has_text="keep the best").click()
    rows = saved(opened, tmp_path / "d.csv")
    assert {path for path, row in rows.items() if row["decision"] == "keep"} == names - {best}
    opened.locator(".head button", has_text="drop all").click()


def test_progress_that_is_not_kept_is_said(browser, reviewed):
    context = browser.new_context()
    tab = context.new_page()
    tab.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full'); }")
    tab.goto((reviewed / "out" / "review.html").as_uri())
    tab.wait_for_selector(".tile")
    assert tab.locator("#unkept").is_visible()
    context.close()


def test_a_page_ranked_again_opens_by_suspicion(browser, tmp_path):
    items = [Item(f"{i:064x}", f"{i}.png", 1 - i, [], -1, True, False, "8x8", b"") for i in (0, 1)]
    for learnt, view in ((None, "reason"), (3, "suspicion")):
        summary = ReviewSummary("two", 2, 2, 0, "offline", 0.05, 1, {}, learnt_from=learnt)
        (tmp_path / "page.html").write_text(render_page(items, summary, "two"))
        tab = browser.new_page()
        tab.goto((tmp_path / "page.html").as_uri())
        tab.wait_for_selector(".tile")
        assert tab.locator("#view").input_value() == view
        assert tab.locator("#unkept").is_hidden()
        tab.close()


def test_nothing_in_a_name_runs_and_it_is_shown_as_it_is(opened, tmp_path):
    opened.fill("#search", "onerror")
    assert opened.locator(".tile").count() == 1
    opened.locator(".tile").hover()
    shown = opened.locator("#large .path").inner_text()
    assert shown == HOSTILE.replace("/", "\N{DIVISION SLASH}")
    assert opened.evaluate("typeof hit") == "undefined"
    assert opened.locator("#rows img[src=x], #large img[src=x]").count() == 0
    opened.locator(".tile").click()
    assert shown in saved(opened, tmp_path / "d.csv")


def test_nothing_but_the_pages_own_script_may_run(opened):
    opened.evaluate("""() => {
        const s = document.createElement("script"); s.textContent = "window.hit = 1";
        document.body.append(s);
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hit=1'>");
    }""")
    opened.wait_for_timeout(200)
    assert opened.evaluate("typeof hit") == "undefined"


def test_filters_and_the_large_view_of_the_original(opened):
    opened.select_option("#state", "drop")
    assert opened.locator("#empty").is_visible()
    opened.select_option("#state", "")
    opened.fill("#search", "scene-01")
    opened.select_option("#view", "suspicion")
    # tiles are laid out with the next frame; the mouse comes from elsewhere, so that it enters one
    opened.wait_for_function("document.querySelectorAll('.tile').length == 10")
    opened.mouse.move(0, 0)
    opened.locator(".tile").first.hover()
    opened.wait_for_function("document.querySelector('#large img').src.startsWith('file:')")
    assert "48x48" in opened.locator("#large .why").inner_text()


WHOLE = """() => [...document.querySelectorAll(".tag, .head, .head span, header > *")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
                     && getComputedStyle(one).display !== "inline")
    .map((one) => one.textContent.slice(0, 60))"""


@pytest.mark.parametrize("wide", [400, 1600])
def test_captions_are_whole_and_the_save_button_is_one_line(opened, wide):
    opened.set_viewport_size({"width": wide, "height": 900})
    for size in ("72", "160"):
        opened.select_option("#size", size)
        opened.wait_for_timeout(200)
        assert opened.evaluate(WHOLE) == []
        assert opened.evaluate("document.documentElement.scrollWidth") <= wide
    assert "1 unreadable, 1 duplicate: left out" in opened.inner_text("#count")
    assert "left out: the file cannot be read" in opened.inner_text("#rows")
    high = "(id) => document.getElementById(id).offsetHeight"
    assert opened.evaluate(high, "save") == opened.evaluate(high, "help")
    assert opened.locator(".tile img").first.get_attribute("alt").endswith((".png", ".bmp"))
    assert opened.locator(".tile").first.get_attribute("title")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert opened.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.slow
def test_ten_thousand_images_stay_fluid(browser, tmp_path):
    import io

    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG", quality=60)
    items = [
        Item(f"{i:064x}", f"{i}.png", 1 - i / 10_000, [("off-topic", "far")] if i < 500 else [],
             i // 3 if 1000 <= i < 1300 else -1, i % 3 == 0, False, "200x200", buffer.getvalue())
        for i in range(10_000)
    ]  # fmt: skip
    summary = ReviewSummary("many", 10_000, 10_000, 0, "offline", 0.05, 500, {})
    (tmp_path / "page.html").write_text(render_page(items, summary, "many"))
    tab = browser.new_page(viewport={"width": 1300, "height": 900})
    tab.goto((tmp_path / "page.html").as_uri())
    tab.wait_for_selector(".tile")
    assert tab.locator(".tile").count() < 400  # what is out of sight is not in the document
    slowest = tab.evaluate("""async () => {
        const view = document.getElementById("scroll"); let slowest = 0, last = performance.now();
        for (let i = 0; i < 60; i++) {
            view.scrollTop += 700;
            await new Promise(requestAnimationFrame);
            const now = performance.now(); slowest = Math.max(slowest, now - last); last = now;
        }
        return slowest;
    }""")
    assert slowest < 1000  # ms; far less on an idle machine
    tab.keyboard.press("End")
    tab.keyboard.press("d")
    assert counts(tab) == [1, 0, 9999]
    tab.close()
