"""Stores of models in Ollama's layout, made around the demo model."""

import hashlib
import json
import os
import pathlib
from typing import Any

DEMO = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "models" / "demo"
VISION = DEMO.parent / "demo-vision"
LAYER = "application/vnd.ollama.image."
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"


class Store:
    """A folder of manifests and blobs."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Makes the folder."""
        self.folder = folder
        self._blobs = folder / "blobs"
        self._blobs.mkdir(parents=True)

    def add(
        self,
        name: str,
        template: str | None = None,
        system: str | None = None,
        parameters: dict[str, Any] | None = None,
        messages: list[dict[str, str]] | None = None,
        license: str | None = None,
        file: bytes | None = None,
    ) -> str:
        """Adds `NAME:TAG` with layers beside the demo model's; returns the manifest's digest.

        The parameters are the demo model's, changed by those given; None takes one away. With
        `file` its model is another one.
        """
        usual = json.loads((DEMO / "params.json").read_text(encoding="utf-8"))
        changed = {**usual, **(parameters or {})}
        kept = {key: value for key, value in changed.items() if value is not None}
        layers = [self._layer("model", file or (DEMO / "demo.gguf").read_bytes())]
        texts = {"template": template, "system": system, "license": license}
        for kind, text in texts.items():
            if text is not None:
                layers.append(self._layer(kind, text.encode()))
        if messages is not None:
            layers.append(self._layer("messages", json.dumps(messages).encode()))
        layers.append(self._layer("params", json.dumps(kept).encode()))
        return self._manifest(name, layers, DEMO)

    def add_vision(self, name: str) -> str:
        """Adds the demo vision model under a name; returns the manifest's digest."""
        kinds = {"model": "model.gguf", "projector": "projector.gguf", "params": "params.json"}
        layers = [self._layer(kind, (VISION / file).read_bytes()) for kind, file in kinds.items()]
        return self._manifest(name, layers, VISION)

    def _manifest(self, name: str, layers: list[dict[str, Any]], folder: pathlib.Path) -> str:
        config = self._blob((folder / "config.json").read_bytes())
        manifest = json.dumps({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, **config},
            "layers": layers,
        }).encode()
        model, _, tag = name.partition(":")
        place = self.folder / "manifests" / "registry.ollama.ai" / "library" / model
        place.mkdir(parents=True, exist_ok=True)
        (place / (tag or "latest")).write_bytes(manifest)
        return hashlib.sha256(manifest).hexdigest()

    def age(self, name: str, seconds: int) -> None:
        """Makes a model older than it is."""
        model, _, tag = name.partition(":")
        place = self.folder / "manifests" / "registry.ollama.ai" / "library" / model
        manifest = place / (tag or "latest")
        moment = manifest.stat().st_mtime - seconds
        os.utime(manifest, (moment, moment))

    def _layer(self, kind: str, content: bytes) -> dict[str, Any]:
        return {"mediaType": LAYER + kind, **self._blob(content)}

    def _blob(self, content: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        (self._blobs / f"sha256-{digest}").write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}
