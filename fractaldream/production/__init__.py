"""From a recipe to a data set file: shards on threads or a cluster, resumed and verified."""
