"""The benchmark: pages against a bare response on the same server, on both databases. See docs/benchmarks.md."""
