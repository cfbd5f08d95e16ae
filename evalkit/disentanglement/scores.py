"""All scores of disentanglement of codes against true continuous factors."""

import numpy as np

from evalkit.support.threads import one_thread

from .codes import FactorCodes
from .dci import dci_scores
from .factor_vae import SharedFactor, majority_vote_accuracy, used_latents
from .mig import mutual_information_gap
from .options import DisentangleOptions
from .results import Disentanglement
from .sap import attribute_predictability


@one_thread()
def score_codes(
    codes: np.ndarray,
    factors: np.ndarray,
    names: tuple[str, ...],
    *,
    shared_factor: SharedFactor | None = None,
    options: DisentangleOptions = DisentangleOptions(),
    progress: bool = False,
) -> Disentanglement:
    """Compute MIG, SAP, DCI and FactorVAE's score.

    Parameters
    ----------
    codes, factors
        Latents and true factors of N images, (N, L) and (N, K).
    names
        Names of the K factors.
    shared_factor
        Returns codes (B, L) of images that share factor k. Without it there is no FactorVAE score.
    options
        Choices of the estimators.
    progress
        Whether to show progress on stderr.

    Returns
    -------
    Disentanglement
        The scores, all in [0, 1], higher is better, with 95% intervals and with what shuffled codes
        score.

    Raises
    ------
    BadInput
        If the arrays or the options cannot be used.
    """
    options.check()
    rng = np.random.default_rng(options.seed)
    data = FactorCodes.from_arrays(codes, factors, names, draws=options.draws, rng=rng)
    mig, information = mutual_information_gap(data, bins=options.bins, progress=progress)
    sap = attribute_predictability(data)
    dci = dci_scores(data, options, rng, progress=progress)
    scores = {
        "mig": mig,
        "sap": sap,
        "disentanglement": dci.disentanglement,
        "completeness": dci.completeness,
        "informativeness": dci.informativeness,
    }
    used = used_latents(data.codes)
    if shared_factor is not None:
        scores["factor_vae"] = majority_vote_accuracy(
            shared_factor, data, options.votes, rng, progress=progress
        )
    return Disentanglement(
        scores=scores, factors=names, images=len(data.codes), latent=data.codes.shape[1],
        used=len(used), settings=options, importance=dci.importance.tolist(),
        information=information.tolist(),
    )  # fmt: skip
