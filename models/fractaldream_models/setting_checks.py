"""Values of settings that no run can use, whatever its kind."""

from dataclasses import fields

from fractaldream_base.errors import BadInput

from .settings import Settings, choices, names


def check(settings: Settings) -> None:
    """Refuse values that no run can use. Raises BadInput.

    `kinds.check_settings` also refuses what means nothing to a kind.
    """
    s = settings
    for key in names():
        if (allowed := choices(key)) and getattr(s, key) not in allowed:
            raise BadInput(f"{key}={getattr(s, key)}: give one of {', '.join(allowed)}")
    for key in ("lr_e", "lr_g", "lr_d", "width", "bn_eps"):
        if getattr(s, key) <= 0:
            raise BadInput(f"{key}={getattr(s, key)}: must be above 0")
    counts = ("epochs", "batch", "latent", "keep_every", "limit", "size", "epoch_images")
    for key in (*counts, "depth", "kernel", "ode_steps", "penalty_every", "critic_steps"):
        if getattr(s, key) is not None and getattr(s, key) < 1:
            raise BadInput(f"{key}={getattr(s, key)}: must be 1 or more")
    if s.batch < 2:
        raise BadInput("batch=1: BatchNorm and the latent losses need 2 or more")
    for key in ("b1", "b2", "ema", "held_out", "label_noise"):
        if not 0 <= getattr(s, key) < 1:
            raise BadInput(f"{key}={getattr(s, key)}: must lie in [0, 1)")
    if not 0 <= s.paired_share <= 1:
        raise BadInput(f"paired_share={s.paired_share:g}: must lie in [0, 1]")
    weights = [f.name for f in fields(Settings) if f.name.endswith("_weight")]
    for key in ("leak", "gamma", "k_rate", "clip", *weights):
        if getattr(s, key) < 0:
            raise BadInput(f"{key}={getattr(s, key)}: must be 0 or more")
    if s.adversarial_loss != "bce" and (s.label_noise > 0 or s.saturating):
        name = "label_noise" if s.label_noise > 0 else "saturating"
        raise BadInput(
            f"{name}: means nothing to adversarial_loss={s.adversarial_loss}; leave it out"
        )
    if s.penalty == "finite-difference" and s.spectral_norm:  # each look at an image changes D
        raise BadInput("penalty=finite-difference: give penalty=exact with spectral_norm=true")
    if not 0 <= s.real_low <= s.real_high <= 1:
        raise BadInput(f"real_low={s.real_low}, real_high={s.real_high}: 0 <= low <= high <= 1")
