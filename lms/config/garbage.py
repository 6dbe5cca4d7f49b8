"""Python's collector of cycles, told what a long-lived process is: most of what there is stays for ever.

Owns: when it looks, and at what. Untold, it walks through all of Django every few thousand requests, which holds up
whoever waits at that moment for a tenth of a second.
"""

import gc

# Looks at what is new after so many more objects; at everything after 50 × 50 of those.
THRESHOLDS = (20_000, 50, 50)


def settle() -> None:
    """To be called once what is loaded at the start has been loaded: none of it is looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
