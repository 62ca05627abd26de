"""The rules of the university, true whoever asks: verbs that change (`issue`) and questions (`why_not`)."""
