"""python -m fractaldream"""

from .cli import main

main()
