"""The style sheet of the HTML pages that evalkit writes."""

STYLE = """
:root { color-scheme: light; }
body { color: #1a1a1a; background: #fff;
  font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid #8885; }
td.n, th.n { text-align: right; } td.n { white-space: nowrap; } tr.yes td { font-weight: 600; }
.verdict { font-size: 1.15rem; padding: .8rem 1rem; border-left: 4px solid #2b6cb0;
  background: #2b6cb018; }
img { max-width: 100%; background: white; border-radius: 4px; } figure { margin: 1rem 0; }
figcaption, small { color: #555; } .wide { overflow-x: auto; } pre { overflow-x: auto; }
"""
