"""Python's collector of cycles, told what a long-lived process is: most of what there is stays for ever.

Owns: at what it looks. Untold, it walks through all of Django every few thousand requests, which holds up whoever waits
at that moment for a tenth of a second. How often it looks stays Python's own choice: a larger first generation leaves
the processor's cache and made every page some percent slower.
"""

import gc


def start() -> None:
    """To be called before anything is loaded: while hardly anything of it is thrown away, looking for that is a fifth of the
    start. Until `settle`."""
    gc.disable()


def settle() -> None:
    """To be called once what is loaded at the start has been loaded: none of it is looked at again."""
    gc.collect()
    gc.freeze()
    gc.enable()
