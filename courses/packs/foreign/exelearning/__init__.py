"""eXeLearning packages, old (.elp) and new (.elpx)."""
