"""On how many threads this process computes."""

from __future__ import annotations

import torch
from threadpoolctl import threadpool_info


def threads() -> int:
    """Return the most threads that any pool of this process has: torch's, and those of each BLAS loaded."""
    pools = [int(pool["num_threads"]) for pool in threadpool_info() if pool["user_api"] == "blas"]
    return max([torch.get_num_threads(), *pools])
