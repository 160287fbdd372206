"""``python -m servicematters`` is the command line."""

from servicematters.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
