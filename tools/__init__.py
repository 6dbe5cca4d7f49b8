"""The tools behind `make`: they run with a bare Python, before any package is installed.

Own: the virtual environment, the services of the tests, starting and stopping. Refuse: importing anything
that is not in the standard library, and everything the application itself does (that is `python -m lms`).
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- this is where an older Python is told so
    sys.stderr.write(
        "需要 Python 3.11 或更新的版本，现在是 {0}.{1}。\n"
        "Rongtong needs Python 3.11 or later; this one is {0}.{1}.\n"
        "Name another one: make PYTHON=python3.11 …\n".format(*sys.version_info[:2])
    )
    raise SystemExit(2)
