# shellcheck shell=bash
# What the engine prefix holds: one function for each engine or model. To add one, write its
# function, name it in `engines` and pin its version and SHA-256 in Scripts/versions.
#
# Each function gets the directory that is being filled, the path it will have in the end, and an
# empty directory to work in.
set -euo pipefail

# What is built comes last: downloads that fail should not cost the time of a build.
engines=(engine_openvino models_ppocr engine_llama)
# What packages need in another form than the machine that builds them.
# shellcheck disable=SC2034 # bootstrap uses it.
portable_engines=(engine_llama_portable)

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

# Asks PyPI for a source distribution whose build back end is scikit-build-core, and prints the path
# of the file. Arguments: empty directory, name, version, SHA-256.
fetch_source() {
    local directory=$1 name=$2 version=$3 sum=$4 sources
    say "downloading $name $version"
    mkdir -p "$directory"/{backend/scikit_build_core,source,temporary}
    # To hear the name and version that the file has, pip would install the build back end and run
    # it. This one says what is asked for, so nothing runs that was downloaded and not yet checked.
    touch "$directory/backend/scikit_build_core/__init__.py"
    cat >"$directory/backend/scikit_build_core/build.py" <<END
import pathlib


def prepare_metadata_for_build_wheel(directory, settings=None):
    folder = pathlib.Path(directory, "${name//-/_}-$version.dist-info")
    folder.mkdir()
    text = "Metadata-Version: 2.1\nName: $name\nVersion: $version\n"
    (folder / "METADATA").write_text(text)
    return folder.name
END
    # pip unpacks the file too: beside it rather than in /tmp, which may be small.
    if ! PYTHONPATH=$directory/backend TMPDIR=$directory/temporary python3 -m pip download --quiet \
        --no-input --no-deps --no-binary "$name" --no-build-isolation --no-cache-dir \
        --dest "$directory/source" "$name==$version" >&2; then
        fail "cannot download $name==$version: check the network and pip's own settings (pip" \
            "config list), then run this again"
    fi
    sources=("$directory"/source/*)
    check_sum "${sources[0]}" "$sum"
    printf '%s\n' "${sources[0]}"
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

# llama.cpp for this machine's processor.
engine_llama() {
    build_llama "$@" -DGGML_NATIVE=ON
}

# llama.cpp with the CPU code in several forms, of which the program takes the best when it starts.
engine_llama_portable() {
    build_llama "$@" -DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON
}

# llama.cpp's programs, libraries and C headers, without its web pages and without a network client
# for https. Arguments: as every engine's, then CMake's options.
build_llama() {
    local directory=$1 final=$2 work=$3 version archive options
    shift 3
    version=$(pinned llama_cpp_python_version)
    archive=$(fetch_source "$work/download" llama-cpp-python "$version" \
        "$(pinned llama_cpp_python_sha256)")
    mkdir "$work/tree"
    # Vocabularies for tests are half of it.
    tar -xzf "$archive" -C "$work/tree" --strip-components=3 --exclude='*.gguf' --exclude=.git \
        "llama_cpp_python-$version/vendor/llama.cpp"
    rm "$archive"

    mapfile -t options < <(llama_options)
    run_cmake "$work" "$version" "$@" "${options[@]}"
    install_llama "$directory" "$final" "$work"
}

# Configures and builds in "$work/build". Arguments: working directory, version, CMake's options.
run_cmake() {
    local work=$1 version=$2 jobs
    shift 2
    jobs=$(build_jobs)
    say "building llama.cpp of llama-cpp-python $version with $jobs jobs: 5 to 10 minutes on 2" \
        "cores, longer on a small board"
    # The compilers are named, and flags from outside left out, because the prefix's name does not
    # tell them apart. The build's folders are gone when a message names a source file.
    if ! (
        export CFLAGS=-ffile-prefix-map=$work/= CXXFLAGS=-ffile-prefix-map=$work/= LDFLAGS=
        # Not the commit of a repository that the cache happens to lie in.
        export GIT_CEILING_DIRECTORIES=$work
        # shellcheck disable=SC2016 # The dollar signs are for the dynamic linker.
        cmake -G Ninja -S "$work/tree" -B "$work/build" -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ -DBUILD_SHARED_LIBS=ON \
            -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON '-DCMAKE_INSTALL_RPATH=$ORIGIN;$ORIGIN/../lib' \
            -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF \
            -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF \
            -DLLAMA_BUILD_COMMIT="llama-cpp-python-$version" "$@" &&
            cmake --build "$work/build" --parallel "$jobs" \
                --target llama-server llama-quantize llama-bench
    ) >"$work/log" 2>&1; then
        tail -n 40 "$work/log" >&2
        fail "llama.cpp could not be built: see the compiler's words above (memory, room, or an" \
            "option in BATON_LLAMA_CMAKE), then run this again"
    fi
}

# Prints how many files are compiled at once: one for each processor, but no more than there are GiB
# of free memory, of which a large file takes more than half of one.
build_jobs() {
    local processors memory
    processors=$(nproc)
    memory=$(awk '$1 == "MemAvailable:" { print int($2 / 1048576) }' /proc/meminfo)
    if [ "$memory" -lt "$processors" ]; then
        processors=$((memory > 1 ? memory : 1))
    fi
    printf '%s\n' "$processors"
}

# Copies what the build made. Arguments: as every engine's.
install_llama() {
    local directory=$1 final=$2 built=$3/build/bin tree=$3/tree file folder version
    local licenses=$directory/share/licenses/llama.cpp
    mkdir -p "$directory"/{bin,include/llama,lib/pkgconfig} "$licenses"
    find "$built" -type f -exec strip --strip-unneeded {} +
    cp "$built"/llama-{server,quantize,bench} "$directory/bin/"
    for file in "$built"/lib*.so*; do
        folder=lib
        case $file in
        # A back end that a program picks when it starts has no version and lies beside it.
        */libggml-*.so) [ -L "$file" ] || folder=bin ;;
        esac
        cp -P "$file" "$directory/$folder/"
    done
    cp "$tree/include/llama.h" "$tree"/ggml/include/{ggml*.h,gguf.h} "$directory/include/llama/"
    cp "$tree/LICENSE" "$tree"/licenses/* "$licenses/"
    # Those of what is built in: vendor/<project>/LICENSE, or a level deeper.
    find "$tree/vendor" -name 'LICENSE*' | while read -r file; do
        folder=${file%/*}
        cp "$file" "$licenses/LICENSE-${folder##*/}"
    done
    version=$(cd "$directory/lib" && echo libllama.so.*.*.*)
    cat >"$directory/lib/pkgconfig/llama.pc" <<END
prefix=$final
includedir=\${prefix}/include/llama
libdir=\${prefix}/lib

Name: llama.cpp
Description: Inference of language models, C API
Version: ${version#libllama.so.}
Cflags: -I\${includedir}
Libs: -L\${libdir} -lllama -lggml -lggml-base
END
}
