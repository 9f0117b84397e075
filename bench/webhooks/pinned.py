"""`python -m bench.webhooks.pinned CORE`: `python -m webhooks`, every thread of it on one core."""

import os
import sys

if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv.pop(1))})
    from webhooks.__main__ import main

    main()
