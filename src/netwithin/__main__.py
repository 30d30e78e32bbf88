"""`python -m netwithin` does what `netwithin` does."""

from netwithin.cli import main

if __name__ == "__main__":
    main()
