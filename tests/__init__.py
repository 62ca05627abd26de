"""The tests, folder by folder as the project; `python -m tests` runs them once per database."""
