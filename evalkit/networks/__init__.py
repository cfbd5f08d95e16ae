"""Networks of the evaluation: classifier, inverse renderer, features."""
