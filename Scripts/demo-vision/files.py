"""Writes both files: the language model as Q8_0, the projector with its tower as F32 and F16."""

import sys
from pathlib import Path

import chat
import language
import numpy as np
import tower

sys.path.append(str(Path(__file__).resolve().parent.parent / "demo-model"))
import gguf_file  # noqa: E402
from gguf_file import BOOL, FLOAT32, INT32, STRING, UINT32  # noqa: E402

ALL_F32, MOSTLY_Q8_0 = 0, 7
NORMAL, CONTROL = 1, 3

Metadata = list[tuple[str, int, object]]


def _about(name: str, kind: str, description: str, numbers: int) -> Metadata:
    return [
        ("general.type", STRING, kind),
        ("general.name", STRING, name),
        ("general.description", STRING, description),
        ("general.license", STRING, "apache-2.0"),
        ("general.languages", STRING, ["en"]),
        ("general.quantization_version", UINT32, 2),
        ("general.file_type", UINT32, numbers),
    ]


def model_metadata(vocabulary: chat.Vocabulary, shape: language.Shape) -> Metadata:
    count = len(vocabulary.tokens)
    kinds = [CONTROL] * len(chat.SPECIAL) + [NORMAL] * (count - len(chat.SPECIAL))
    description = "Tells the colours of pictures; for tests."
    return [
        ("general.architecture", STRING, "qwen2vl"),
        *_about("Baton demo vision", "model", description, MOSTLY_Q8_0),
        ("qwen2vl.vocab_size", UINT32, count),
        ("qwen2vl.context_length", UINT32, shape.context),
        ("qwen2vl.embedding_length", UINT32, shape.width),
        ("qwen2vl.block_count", UINT32, shape.layers),
        ("qwen2vl.feed_forward_length", UINT32, shape.hidden),
        ("qwen2vl.rope.dimension_sections", INT32, [*shape.sections, 0]),
        ("qwen2vl.rope.freq_base", FLOAT32, shape.base),
        ("qwen2vl.attention.head_count", UINT32, shape.heads),
        ("qwen2vl.attention.head_count_kv", UINT32, shape.heads),
        ("qwen2vl.attention.layer_norm_rms_epsilon", FLOAT32, shape.epsilon),
        ("tokenizer.ggml.model", STRING, "gpt2"),
        ("tokenizer.ggml.pre", STRING, "qwen2"),
        ("tokenizer.ggml.tokens", STRING, vocabulary.tokens),
        ("tokenizer.ggml.token_type", INT32, kinds),
        ("tokenizer.ggml.merges", STRING, [f"{a} {b}" for a, b in vocabulary.merges]),
        ("tokenizer.ggml.eos_token_id", UINT32, chat.END),
        ("tokenizer.ggml.padding_token_id", UINT32, chat.NOTHING),
        ("tokenizer.ggml.add_bos_token", BOOL, False),
        ("tokenizer.chat_template", STRING, chat.TEMPLATE),
    ]


def projector_metadata(shape: tower.Shape) -> Metadata:
    description = "The eyes of Baton's demo vision model."
    return [
        ("general.architecture", STRING, "clip"),
        *_about("Baton demo vision projector", "mmproj", description, ALL_F32),
        ("clip.has_vision_encoder", BOOL, True),
        ("clip.projector_type", STRING, "qwen2vl_merger"),
        ("clip.vision.image_size", UINT32, 20 * shape.patch),
        ("clip.vision.patch_size", UINT32, shape.patch),
        ("clip.vision.spatial_merge_size", UINT32, 2),
        ("clip.vision.embedding_length", UINT32, shape.width),
        ("clip.vision.feed_forward_length", UINT32, shape.hidden),
        ("clip.vision.projection_dim", UINT32, shape.output),
        ("clip.vision.block_count", UINT32, shape.layers),
        ("clip.vision.attention.head_count", UINT32, shape.heads),
        ("clip.vision.attention.layer_norm_epsilon", FLOAT32, shape.epsilon),
        ("clip.vision.image_mean", FLOAT32, tower.MEAN.tolist()),
        ("clip.vision.image_std", FLOAT32, tower.DEVIATION.tolist()),
    ]


def write_model(
    path: Path,
    weights: dict[str, np.ndarray],
    vocabulary: chat.Vocabulary,
    shape: language.Shape,
) -> None:
    gguf_file.write(path, model_metadata(vocabulary, shape), weights)


def write_projector(path: Path, weights: dict[str, np.ndarray], shape: tower.Shape) -> None:
    """The tower is small and colours must not be rounded, so its matrices are not quantised."""
    gguf_file.write(path, projector_metadata(shape), weights, quantise=False)
