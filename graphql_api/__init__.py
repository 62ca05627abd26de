"""The only door: the schema generated from the models, planned reading, thin mutations, sign-in, limits, HTTP."""
