"""Where the command `taxnews` begins."""

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line with what was loaded set apart from what may become garbage.

    To walk it again and again would be .6 of the 1.9 s until `taxnews ask` has answered.
    """
    gc.disable()
    from bot.cli.main import main as run

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
