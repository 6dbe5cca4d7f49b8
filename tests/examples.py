"""How many examples a property looks at whose examples are dear, or many on purpose.

`make test-fast` (Hypothesis profile `quick`) looks at a fifth of them, `make test` at all.
"""

import os


def examples(number: int) -> int:
    return max(3, number // 5) if os.environ.get("HYPOTHESIS_PROFILE") == "quick" else number
