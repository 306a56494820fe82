"""Puts the trained network, the vocabulary and the chat template into one GGUF file."""

import gguf_file
import vocabulary as v
from gguf_file import BOOL, FLOAT32, INT32, STRING, UINT32

# Every turn ends with <|end|>, which also ends the answer; <|begin|> is the engine's to add.
TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)
MOSTLY_Q8_0 = 7
NORMAL, CONTROL = 1, 3


def metadata(vocabulary, shape):
    kinds = [CONTROL] * len(v.SPECIAL) + [NORMAL] * (len(vocabulary.tokens) - len(v.SPECIAL))
    return [
        ("general.architecture", STRING, "llama"),
        ("general.type", STRING, "model"),
        ("general.name", STRING, "Baton demo"),
        ("general.description", STRING, "Answers a few kinds of short questions; for tests."),
        ("general.license", STRING, "apache-2.0"),
        ("general.languages", STRING, ["en"]),
        ("general.quantization_version", UINT32, 2),
        ("general.file_type", UINT32, MOSTLY_Q8_0),
        ("llama.vocab_size", UINT32, shape.vocabulary),
        ("llama.context_length", UINT32, shape.context),
        ("llama.embedding_length", UINT32, shape.width),
        ("llama.block_count", UINT32, shape.layers),
        ("llama.feed_forward_length", UINT32, shape.hidden),
        ("llama.rope.dimension_count", UINT32, shape.head),
        ("llama.rope.freq_base", FLOAT32, shape.base),
        ("llama.attention.head_count", UINT32, shape.heads),
        ("llama.attention.head_count_kv", UINT32, shape.heads),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, shape.epsilon),
        ("tokenizer.ggml.model", STRING, "gpt2"),
        ("tokenizer.ggml.pre", STRING, "gpt-2"),
        ("tokenizer.ggml.tokens", STRING, vocabulary.tokens),
        ("tokenizer.ggml.token_type", INT32, kinds),
        ("tokenizer.ggml.merges", STRING, [f"{a} {b}" for a, b in vocabulary.merges]),
        ("tokenizer.ggml.bos_token_id", UINT32, v.BEGIN),
        ("tokenizer.ggml.eos_token_id", UINT32, v.END),
        ("tokenizer.ggml.eot_token_id", UINT32, v.END),
        ("tokenizer.ggml.padding_token_id", UINT32, v.END),
        ("tokenizer.ggml.add_bos_token", BOOL, True),
        ("tokenizer.ggml.add_eos_token", BOOL, False),
        ("tokenizer.chat_template", STRING, TEMPLATE),
    ]


def write(path, weights, vocabulary, shape):
    tensors = {f"{name}.weight": values for name, values in weights.items()}
    gguf_file.write(path, metadata(vocabulary, shape), tensors)
