"""Has a generator rebuilt the map from parameters to images? The ladder, its nulls, its power.

From checkpoints to the verdict, each module calls the next:

1. `evaluation`: the front door, `correspond()`.
2. `inputs`: opens the models, and finds their data set and its inverse renderer.
3. `resume`: what another run left, in an `archive` of results and in `map_scores`.
4. `ladder`: runs the six rungs of each model on one `session`, which holds the latents, the
   images of the map and the draws that all of them share.
5. `rungs/`: one module a rung. They rank a statistic among `nulls/`; `power/` says what each
   would have found, and `image_check` whether the images are renderings at all.
6. `findings`: the figures of one model. `wording` puts them into the verdict, `tables` and
   `figures` show them, `results` is what `correspond()` returns, `report` the HTML page.

Several models are `replicates`, summed up in `replicate_summary`.
"""
