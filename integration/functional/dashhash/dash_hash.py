"""The module dash_hash that Dash Core's test framework imports, on our X11."""
import ctypes
import os

_lib = ctypes.CDLL(os.path.join(os.path.dirname(os.path.abspath(__file__)), "libdashhash.so"))
_lib.dash_x11.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p]
_lib.dash_x11.restype = ctypes.c_int


def getPoWHash(data):
    """Returns the X11 hash of data (bytes): 32 bytes in the order of the wire."""
    data = bytes(data)
    out = ctypes.create_string_buffer(32)
    if _lib.dash_x11(data, len(data), out) != 0:
        raise ValueError("dash_hash: the data cannot be hashed")
    return out.raw
