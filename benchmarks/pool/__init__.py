"""The load model of the original's capacity guide: a whole pool of 80,000 people, or a part of it.

    python -m benchmarks.pool [--model 2] [--factor 0.1 | --endpoints 19000 --full-rates] [--minutes 10]

`model` says what the guide says, `traffic` does it, `__main__` measures and reports.
"""
