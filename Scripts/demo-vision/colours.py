"""The colour words: which word a colour has, how surely, and how light it is.

Every word has a few examples. A colour has the word of the example nearest to it in Oklab, where
distances are as people see them; how much further the nearest example of another word lies is the
margin. Colours with a small margin have no word that everybody would give them.
"""

import numpy as np

EXAMPLES = {
    "red": ["ff0000", "dc1414", "b22222", "c83232", "8b0000", "e84040"],
    "orange": ["ff8c00", "ffa500", "f07814", "ff7828", "e68a2e"],
    "yellow": ["ffff00", "f0dc28", "ffd700", "fff064", "e6c800"],
    "green": ["00ff00", "008000", "228b22", "50b450", "006400", "90ee90", "7cc832", "2e8b57"],
    "cyan": ["00ffff", "40e0d0", "00b4be", "96f0f0", "20b2aa"],
    "blue": ["0000ff", "1e50c8", "1e90ff", "00008b", "6496f0", "87ceeb", "4682b4"],
    "purple": ["800080", "9400d3", "4b0082", "9650c8", "b482dc", "8a2be2"],
    "pink": ["ffc0cb", "ff69b4", "ff1493", "ff96b4", "ff00ff", "e682b4"],
    "brown": ["8b4513", "654321", "965a28", "a0522d", "503214", "785032"],
    "black": ["000000", "191919", "101018"],
    "grey": ["808080", "646464", "a0a0a0", "bebebe", "505050", "708090"],
    "white": ["ffffff", "f0f0f0", "faf5eb", "f5f8ff"],
}
WORDS = list(EXAMPLES)
# Lighter pictures are light for certain, darker ones dark; between them either is right.
LIGHT, DARK = 0.56, 0.44

Array = np.ndarray


def _rgb(text: str) -> list[int]:
    return list(bytes.fromhex(text))


_OF_EXAMPLE = np.array([WORDS.index(word) for word, all_ in EXAMPLES.items() for _ in all_])
_RGB = np.array([_rgb(text) for all_ in EXAMPLES.values() for text in all_], np.float64)
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(rgb: Array) -> Array:
    """Oklab of sRGB colours (…, 3) from 0 to 255."""
    share = np.asarray(rgb, np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T


_LAB = oklab(_RGB)


def words(rgb: Array) -> tuple[Array, Array]:
    """For colours (n, 3): the number of each one's word, and its margin."""
    away = np.linalg.norm(oklab(rgb)[:, None] - _LAB[None], axis=-1)
    nearest = np.stack([away[:, _OF_EXAMPLE == word].min(1) for word in range(len(WORDS))], 1)
    ordered = np.sort(nearest, 1)
    return nearest.argmin(1), ordered[:, 1] - ordered[:, 0]


def lightness(rgb: Array) -> Array:
    """Rec. 601 luma from 0 to 1, which is what can be averaged over the patches of a picture."""
    return np.asarray(rgb, np.float64) @ np.array([0.299, 0.587, 0.114]) / 255


def pools(random: np.random.Generator, size: int, margin: float) -> list[Array]:
    """For each word `size` colours (size, 3) that have it by at least this margin."""
    found: list[list[Array]] = [[] for _ in WORDS]
    while min(sum(map(len, part)) for part in found) < size:
        anywhere = random.uniform(0, 256, (20_000, 3))
        near = _RGB[random.integers(0, len(_RGB), 20_000)] + random.normal(0, 22, (20_000, 3))
        tried = np.clip(np.concatenate([anywhere, near]), 0, 255).round()
        tried = np.concatenate([tried, _RGB])
        word, how_sure = words(tried)
        for number, part in enumerate(found):
            part.append(tried[(word == number) & (how_sure >= margin)])
    together = [np.concatenate(part) for part in found]
    return [part[random.permutation(len(part))[:size]] for part in together]
