from pickup_world import bare, own_dir, pickup

__all__ = ["bare", "own_dir", "pickup"]
