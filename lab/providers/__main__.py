"""`python -m lab.providers --port 0`."""

import argparse
import asyncio

from lab.providers.server import serve
from shared.process import leave

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m lab.providers", description="The lab's providers on one port.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asyncio.run(serve(parser.parse_args().port))
    leave(0)
