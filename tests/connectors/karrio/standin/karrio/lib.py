class Cache(dict):
    pass


def to_dict(value):
    return value
