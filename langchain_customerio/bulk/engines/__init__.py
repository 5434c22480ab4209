"""Loading where one machine is not enough: on Ray Data and on Spark, which deal in Arrow tables (extra `files`)."""

from langchain_customerio.bulk.engines.loaders import EngineOptions, Loader, RayLoader, SparkLoader
from langchain_customerio.bulk.engines.results import combine
from langchain_customerio.bulk.readers.rows import WHOLE_ROW

__all__ = ["WHOLE_ROW", "EngineOptions", "Loader", "RayLoader", "SparkLoader", "combine"]
