"""The demo model with a template in its file that knows tools, which llama-server then reads."""

import pathlib
import struct

from gguf import STRING, read, text

_TEMPLATE = (
    "{%- if tools -%}<|system|>{%- for tool in tools -%}{{ tool | tojson }}{%- endfor -%}<|end|>"
    "{%- endif -%}{%- for message in messages -%}{{- '<|' + message.role + '|>' -}}"
    "{%- if message.content -%}{{- message.content -}}{%- endif -%}"
    "{%- if message.tool_calls -%}{%- for call in message.tool_calls -%}"
    "{{- '<tool_call>\\n{\"name\": \"' + call.function.name + '\", \"arguments\": ' -}}"
    "{{- call.function.arguments | tojson -}}{{- '}\\n</tool_call>' -}}"
    "{%- endfor -%}{%- endif -%}<|end|>{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)


def made_of(demo: pathlib.Path) -> bytes:
    """The GGUF with that template.

    Args:
        demo: The demo model's GGUF.
    """
    model = read(demo)
    entry = struct.pack("<I", STRING) + text(_TEMPLATE)
    model.entries["tokenizer.chat_template"] = entry
    return model.file
