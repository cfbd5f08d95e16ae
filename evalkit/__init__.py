"""Did the generator rebuild the map? Evaluation of models, and cleaning of image sets.

Arrays in, frozen results out; checkpoints are loaded, never trained.
"""
