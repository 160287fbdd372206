"""How fast, and in how much memory, beside what people would use instead: ``python -m benchmarks surveys``."""
