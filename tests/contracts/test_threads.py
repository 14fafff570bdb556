"""The threads that a manifest records are those of every pool."""

from threadpoolctl import threadpool_limits

from sciml.runs.threads import threads


def test_the_largest_pool_counts():
    with threadpool_limits(limits=1):
        assert threads() == 1
    with threadpool_limits(limits=2, user_api="blas"):
        assert threads() == 2
