"""Where the command `taxnews` begins."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line; it is imported here, so that Ctrl-C ends that with one line too."""
    try:
        from bot.cli.main import main as run

        run()
    except KeyboardInterrupt:
        print("taxnews: interrupted", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
