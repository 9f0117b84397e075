"""`python -m lab.providers --port 0`."""

import argparse
import asyncio
import os
import sys

from lab.providers.server import serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m lab.providers", description="The lab's providers on one port.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asyncio.run(serve(parser.parse_args().port))
    sys.stdout.flush()
    # an engine may still be loading in its thread: the interpreter would abort on its way out
    os._exit(0)
