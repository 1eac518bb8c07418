from packbench.connectors.amazon.marketplaces import *  # noqa
