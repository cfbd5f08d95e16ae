"""Compare several models: one row of all figures for each run.

`evaluation` is the front door, `compare()`. It finds the `runs`, measures one `row` of each
(`measurement`) unless it stands in the `store`, and returns `results`, which `table`, `figures` and
`page` show by the `columns` that say what each figure means.
"""
