"""What the rows of a file said, remembered by 64-bit marks: a dict would take four times the memory for a big file."""

from array import array
from hashlib import blake2b

_SMALLEST = 1 << 10
_SPREAD = 0x9E3779B97F4A7C15  # marks made by `mark` are spread already; others are by this


def mark(*words: str) -> int:
    """A short stand-in for words, never 0."""
    return int.from_bytes(blake2b("\x1f".join(words).encode(), digest_size=8).digest(), "big") or 1


class Marks:
    """Mark → two numbers, each below 2^64; what is not there is (0, 0). Nothing is ever taken out."""

    def __init__(self) -> None:
        self._count = 0
        self._resize(_SMALLEST)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: int) -> bool:
        return self._keys[self._place(key)] == key

    def get(self, key: int) -> tuple[int, int]:
        """What was put there."""
        place = self._place(key)
        return self._first[place], self._second[place]

    def put(self, key: int, first: int, second: int = 0) -> None:
        """Put it there, over what stood there."""
        if not key:
            raise ValueError("0 is no mark")
        place = self._place(key)
        if not self._keys[place]:
            self._count += 1
            self._keys[place] = key
        self._first[place], self._second[place] = first, second
        if self._count * 3 > self._size * 2:
            self._grow()

    def _place(self, key: int) -> int:
        """Where the key stands or would stand."""
        keys, mask = self._keys, self._size - 1
        place = (key * _SPREAD >> 20) & mask
        while keys[place] and keys[place] != key:
            place = (place + 1) & mask
        return place

    def _resize(self, size: int) -> None:
        self._size = size
        self._keys, self._first, self._second = (array("Q", bytes(8 * size)) for _each in range(3))

    def _grow(self) -> None:
        old = zip(self._keys, self._first, self._second, strict=True)
        self._resize(self._size * 2)
        for key, first, second in old:
            if key:
                place = self._place(key)
                self._keys[place], self._first[place], self._second[place] = key, first, second
