"""What every role, and nobody, really gets of every GraphQL field, mutation and page: asked, and compared with what is
committed beside this file. `python -m tests.policies.expected_matrix --write` writes it anew."""
