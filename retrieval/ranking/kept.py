"""A cache of the values used last, bounded by their size."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by key, the last used of them, of a total size of at most `most`. Thread-safe."""

    def __init__(self, most: int, size_of: Callable[[Value], int]) -> None:
        self._most = most
        self._size_of = size_of
        self._size = 0
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """The total size of what is kept."""
        return self._size

    def get(self, key: Hashable) -> Value | None:
        """The value with this key, None if it is not kept."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value, instead of another with this key; the longest unused ones make room."""
        with self._lock:
            before = self._values.pop(key, None)
            if before is not None:
                self._size -= self._size_of(before)
            self._values[key] = value
            self._size += self._size_of(value)
            while self._size > self._most:
                _, oldest = self._values.popitem(last=False)
                self._size -= self._size_of(oldest)
