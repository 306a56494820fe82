# shellcheck shell=bash
# What the engine prefix holds: one function for each engine or model. To add one, write its
# function, name it in `engines` and pin its version and SHA-256 in Scripts/versions.
#
# Each function gets the directory that is being filled, the path it will have in the end, and an
# empty directory to work in.
set -euo pipefail

engines=(engine_openvino models_ppocr)

# Asks PyPI for a wheel and prints the path of the file.
# Arguments: directory, name==version, SHA-256, pip's options for the platform.
fetch_wheel() {
    local directory=$1 requirement=$2 sum=$3 wheels
    shift 3
    say "downloading $requirement"
    mkdir -p "$directory"
    if ! python3 -m pip download --quiet --no-input --no-deps --only-binary=:all: "$@" \
        --dest "$directory" "$requirement" >&2; then
        fail "cannot download $requirement: check the network and pip's own settings (pip config" \
            "list), then run this again"
    fi
    wheels=("$directory"/*.whl)
    check_sum "${wheels[0]}" "$sum"
    printf '%s\n' "${wheels[0]}"
}

check_sum() {
    local found
    found=$(sha256sum "$1" | cut -d ' ' -f 1)
    if [ "$found" != "$2" ]; then
        fail "${1##*/} is not the pinned file: its SHA-256 is $found, not $2; nothing was installed"
    fi
}

# OpenVINO's C API: headers, shared libraries without the Python and training front ends, and a
# pkg-config file. The wheel's libraries find each other by their own run path.
engine_openvino() {
    local directory=$1 final=$2 work=$3 machine version wheel library
    machine=$(uname -m)
    version=$(pinned openvino_version)
    wheel=$(fetch_wheel "$work/wheel" "openvino==$version" "$(pinned "openvino_sha256_$machine")" \
        --implementation cp --python-version "$(pinned openvino_python)" \
        --platform "$(pinned "openvino_platform_$machine")")

    say "unpacking openvino $version"
    mkdir -p "$directory"/{include/openvino,lib/pkgconfig,share/licenses/openvino}
    unzip -q "$wheel" 'openvino/include/openvino/c/*' 'openvino/libs/*' '*.dist-info/licenses/*' \
        -x '*_gguf_*' '*_jax_*' '*_pytorch_*' '*_tensorflow_frontend*' '*.pc' -d "$work/tree"
    mv "$work/tree/openvino/include/openvino/c" "$directory/include/openvino/c"
    mv "$work"/tree/openvino/libs/* "$directory/lib/"
    mv "$work"/tree/*.dist-info/licenses/* "$directory/share/licenses/openvino/"

    # The linker wants the name without a version.
    library=$(cd "$directory/lib" && echo libopenvino_c.so.*)
    ln -s "$library" "$directory/lib/libopenvino_c.so"
    cat >"$directory/lib/pkgconfig/openvino.pc" <<END
prefix=$final
includedir=\${prefix}/include
libdir=\${prefix}/lib

Name: OpenVINO
Description: Inference of neural networks, C API
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -lopenvino_c
END
}

# The three graphs that read text, and the file that says what they are.
models_ppocr() {
    local directory=$1 work=$3 version wheel model=ppocr-v4
    version=$(pinned rapidocr_onnxruntime_version)
    wheel=$(fetch_wheel "$work/wheel" "rapidocr-onnxruntime==$version" \
        "$(pinned rapidocr_onnxruntime_sha256)" \
        --python-version "$(pinned rapidocr_onnxruntime_python)")

    unzip -q "$wheel" '*.onnx' '*.dist-info/METADATA' -d "$work/tree"
    mkdir -p "$directory/models/$model" "$directory/share/licenses/$model"
    local graphs=$work/tree/rapidocr_onnxruntime/models
    mv "$graphs/ch_PP-OCRv4_det_infer.onnx" "$directory/models/$model/detection.onnx"
    mv "$graphs/ch_ppocr_mobile_v2.0_cls_infer.onnx" "$directory/models/$model/direction.onnx"
    mv "$graphs/ch_PP-OCRv4_rec_infer.onnx" "$directory/models/$model/recognition.onnx"
    # The wheel names its licence without its text, which is the same as ours.
    mv "$work"/tree/*.dist-info/METADATA "$directory/share/licenses/$model/METADATA"
    cp "$checkout/LICENSE" "$directory/share/licenses/$model/LICENSE"
    install_model_json "$directory/models/$model" "$checkout/packaging/models/$model/model.json"
}

# Copies a model's description, after checking that it describes the files that lie beside it.
install_model_json() {
    local directory=$1 description=$2 file sum list
    list=$(python3 -c '
import json, sys
for graph in json.load(open(sys.argv[1]))["graphs"].values():
    print(graph["sha256"], graph["file"])
' "$description")
    while read -r sum file; do
        check_sum "$directory/$file" "$sum"
    done <<<"$list"
    cp "$description" "$directory/model.json"
}
