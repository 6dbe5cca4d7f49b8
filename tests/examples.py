"""How many examples a property looks at whose examples are dear, or many on purpose.

`make test-fast` (Hypothesis profile `quick`) looks at a fifth of them, the short form of .ci/run (`drawn`) at half, `make test`
at all.
"""

import os

_SHARES = {"quick": 5, "drawn": 2}


def profile() -> str:
    """The Hypothesis profile of this run."""
    return os.environ.get("HYPOTHESIS_PROFILE") or ("drawn" if os.environ.get("RONGTONG_SAMPLE") else "short")


def examples(number: int) -> int:
    return max(3, number // _SHARES.get(profile(), 1))
