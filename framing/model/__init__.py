"""A model on disk (`artefact`) and what runs it (`engine`)."""
