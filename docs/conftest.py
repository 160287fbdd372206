"""What pytest needs to know about the documentation."""

collect_ignore = ["conf.py"]  # Sphinx's own, which is not installed where only the tests run
