"""The demo: the main job from connecting a store to telling Amazon, on a pretend Amazon."""

from packbench.demo.running import run

__all__ = ["run"]
