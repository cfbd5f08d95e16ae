"""The figures of a sweep."""

from fractaldream_models.sweeps.report import SweepReport
from small_sweeps import trial_row


def test_a_report_is_drawn_with_a_panel_for_each_setting():
    trials = [
        trial_row(0, value=0.1, settings={"latent": 3, "lr_e": 1e-5}),
        trial_row(1, value=0.3, settings={"latent": 2, "lr_e": 1e-3}),
        trial_row(2, state="fail", settings={"latent": 4}),
    ]
    report = SweepReport("sweep", "data.h5", "validation_mse", trials, {}, "")
    figure = report.plot()
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_xlabel() for axes in panels] == ["latent", "lr_e"]
    assert [axes.get_xscale() for axes in panels] == ["linear", "log"]
    assert figure._repr_png_().startswith(b"\x89PNG")
