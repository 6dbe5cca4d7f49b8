"""The models of this app, gathered for Django."""
