"""The rungs of the ladder, one module each, with `statistic()`, `test()` and a typed result.

======  ===============================  ==================================================
rung    module                           what it asks
======  ===============================  ==================================================
1, 2    `identity_and_symmetry`, `axes`  Is G(v) the image FD(v), or is it behind a symmetry?
3       `rotation`                       Is there a rotation Q with G(Qv) near FD(v)?
4, 5    `probes`                         Can the parameters be read off the latents?
6       `neighbourhood`                  Do neighbours stay neighbours?
======  ===============================  ==================================================

All results are `outcome` classes. Rungs 1 to 3 score pairs by `pair_scores`; 4 to 6 see images
through `encoders`, and 4 and 5 fit the models of `regression`.
"""
