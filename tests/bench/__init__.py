"""The benchmarks: `make bench` runs `python -m tests.bench`, see `__main__`."""
