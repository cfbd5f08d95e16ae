"""Networks that several kinds share; goareguer2019 and radford2015 are named after their origin."""
