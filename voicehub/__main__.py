"""``python -m voicehub`` is the command ``voicehub``."""

from voicehub.cli import main

if __name__ == "__main__":
    main()
