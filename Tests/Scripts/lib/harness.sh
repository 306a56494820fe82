# shellcheck shell=bash
# Gives every test function of the script that sources this a fresh copy of the scripts, fake tools
# and an empty cache, runs them all, and counts. Needs $checkout and $scratch.
set -euo pipefail

: "${checkout:?}" "${scratch:?}"
copy=$scratch/checkout
tools=$scratch/tools
wheels=$scratch/wheels
cache=$scratch/cache
output=$scratch/output
pristine=$scratch/pristine
# The tools that bootstrap uses, but no sudo and no swift.
bare=$scratch/bare

# Makes a fake tool of a name and a line of shell. A fake of pip is what the fake python3 runs.
fake() {
    printf '#!/bin/bash\n%s\n' "$2" >"$tools/$1"
    chmod 755 "$tools/$1"
}

# Lets dpkg-query not know one package.
without() {
    fake dpkg-query "for name in \"\${@:4}\"; do
        [ \"\$name\" = $1 ] || echo \"installed \$name\"
    done
    exit 1"
}

make_wheels() {
    mkdir -p "$pristine" "$scratch/tree/a/openvino/"{include/openvino/c,libs} \
        "$scratch/tree/a/openvino-1.0.dist-info/licenses" \
        "$scratch/tree/b/rapidocr_onnxruntime/models" "$scratch/tree/b/rapidocr-1.0.dist-info"
    (
        cd "$scratch/tree/a"
        touch openvino/include/openvino/c/openvino.h openvino/libs/libopenvino_c.so.10
        touch openvino/libs/{libtbb.so.12,libopenvino_jax_frontend.so.10,libopenvino_gguf_a.so}
        touch openvino/libs/{tbb.pc,libopenvino_pytorch_a.so,libopenvino_tensorflow_frontend.so}
        touch openvino-1.0.dist-info/licenses/LICENSE
        "$real_python" -m zipfile -c "$pristine/openvino-1.0.whl" openvino openvino-1.0.dist-info
        cd ../b
        local models=rapidocr_onnxruntime/models
        printf detection >$models/ch_PP-OCRv4_det_infer.onnx
        printf direction >$models/ch_ppocr_mobile_v2.0_cls_infer.onnx
        printf recognition >$models/ch_PP-OCRv4_rec_infer.onnx
        touch rapidocr-1.0.dist-info/METADATA
        "$real_python" -m zipfile -c "$pristine/rapidocr-onnxruntime-1.0.whl" \
            rapidocr_onnxruntime rapidocr-1.0.dist-info
    )
    make_source
}

# The source distribution of llama.cpp.
make_source() {
    local tree=$scratch/tree/c/llama_cpp_python-1.0/vendor/llama.cpp
    mkdir -p "$tree"/{include,licenses,models,ggml/include,vendor/{cpp-httplib,hash/xxhash}}
    touch "$tree"/{LICENSE,licenses/LICENSE-jsonhpp,vendor/{cpp-httplib,hash/xxhash}/LICENSE}
    touch "$tree"/{include/llama.h,ggml/include/{ggml.h,ggml-cpu.h,gguf.h},models/vocabulary.gguf}
    tar -czf "$pristine/llama-cpp-python-1.0.tar.gz" -C "$scratch/tree/c" llama_cpp_python-1.0
}

digest() {
    sha256sum | cut -d ' ' -f 1
}

# A checkout whose pins are those of the fake wheels.
make_copy() {
    rm -rf "$copy"
    mkdir "$copy"
    cp -R "$checkout/Scripts" "$checkout/packaging" "$checkout/LICENSE" "$copy"
    local openvino rapidocr llama detection direction recognition
    openvino=$(digest <"$wheels/openvino-1.0.whl")
    rapidocr=$(digest <"$wheels/rapidocr-onnxruntime-1.0.whl")
    llama=$(digest <"$wheels/llama-cpp-python-1.0.tar.gz")
    sed -i -e "s/^\(openvino_sha256_[a-z0-9_]* *\).*/\1$openvino/" -e 's/\(_version  *\).*/\11.0/' \
        -e "s/^\(rapidocr_onnxruntime_sha256 *\).*/\1$rapidocr/" \
        -e "s/^\(llama_cpp_python_sha256 *\).*/\1$llama/" "$copy/Scripts/versions"
    detection=$(printf detection | digest)
    direction=$(printf direction | digest)
    recognition=$(printf recognition | digest)
    cat >"$copy/packaging/models/ppocr-v4/model.json" <<END
{"graphs": {
    "detection": {"file": "detection.onnx", "sha256": "$detection"},
    "direction": {"file": "direction.onnx", "sha256": "$direction"},
    "recognition": {"file": "recognition.onnx", "sha256": "$recognition"}
}}
END
}

# Tools with which everything goes well; each notes what it was asked where a test looks at that.
make_tools() {
    rm -rf "$tools"
    mkdir "$tools"
    fake swift 'echo "Swift version 6.2.1 (swift-6.2.1-RELEASE)"'
    fake uname 'echo x86_64'
    fake df 'printf "head\nfs 9 9 99999999 9 /\n"'
    fake id 'echo 0'
    # shellcheck disable=SC2016 # It is the fakes that expand.
    fake sudo '"$@"'
    fake apt-get "echo \"\$*\" >>'$scratch/apt'"
    # shellcheck disable=SC2016
    fake python3 "if [ \"\$1 \$2\" = '-m pip' ]; then
        exec '$tools/pip' \"\${@:3}\"
    fi
    exec '$real_python' \"\$@\""
    fake pip "[ \"\$1\" = download ] || exit 0
    while [ \"\$1\" != --dest ]; do shift; done
    cp '$wheels/'\${3%%==*}-* \"\$2\""
    fake ninja 'exit 0'
    fake strip 'exit 0'
    fake_cmake
    without none
}

# Makes what llama.cpp's build would; a back end that is loaded at start only where asked for.
fake_cmake() {
    fake cmake "echo \"\$*\" >>'$scratch/cmake'
    [ \"\$1\" != --build ] || exit 0
    case \" \$* \" in *' -DGGML_BACKEND_DL=ON '*) best=libggml-cpu-best.so ;; *) best= ;; esac
    while [ \"\$1\" != -S ]; do shift; done
    [ ! -e \"\$2/models/vocabulary.gguf\" ] || exit 1
    mkdir -p \"\$4/bin\"
    cd \"\$4/bin\"
    touch llama-server llama-quantize llama-bench libllama.so.0.5.0 libllama-server-impl.so \$best
    touch libggml-base.so.0.25.3
    ln -s libllama.so.0.5.0 libllama.so
    ln -s libggml-base.so.0.25.3 libggml-base.so"
}

make_bare() {
    local tool
    mkdir -p "$bare"
    for tool in awk bash cat comm cp cut dirname env find flock grep head ln mkdir mv rm sed \
        sha256sum sort sync tail tr unzip; do
        ln -sf "$(command -v "$tool")" "$bare/$tool"
    done
}

# Runs the copy's bootstrap with a system file that says Debian 12, whatever this machine is.
bootstrap() {
    BATON_CACHE=$cache PATH=$tools:$PATH "$copy/Scripts/bootstrap" "$@" >"$output" 2>&1
}

# Runs only the check of the system, on the file given.
system() (
    # shellcheck source=/dev/null
    . "$copy/Scripts/bootstrap.d/common.sh"
    # shellcheck source=/dev/null
    . "$copy/Scripts/bootstrap.d/machine.sh"
    check_system "$1" >"$output" 2>&1
)

expect_success() {
    bootstrap
}

# Arguments: the exit status, a part of the one line that says why.
expect_failure() {
    local status=0
    bootstrap || status=$?
    [ "$status" = "$1" ]
    tail -n 1 "$output" | grep -qF "$2"
}

expect_no_prefix() {
    [ -z "$(find "$cache" -maxdepth 1 -name 'engines-*' ! -name '*.partial.*' 2>/dev/null)" ]
}

# Makes pip say that it has begun and then wait until it is released.
hold_pip() {
    rm -f "$scratch/began" "$scratch/go"
    mkfifo "$scratch/began" "$scratch/go"
    [ -e "$tools/real-pip" ] || cp "$tools/pip" "$tools/real-pip"
    fake pip "[ \"\$1\" = download ] || exit 0
    if [ -p '$scratch/go' ]; then
        timeout 30 bash -c \"echo >'$scratch/began'\"
        read -t 60 -r _ <>'$scratch/go'
    fi
    exec '$tools/real-pip' \"\$@\""
}

wait_for_pip() {
    # Opened for both, so that the time also bounds the wait for a writer.
    read -t 30 -r _ <>"$scratch/began"
}

# Lets the pip that waits go on, and those that come later not wait.
release_pip() {
    # shellcheck disable=SC2016 # The inner shell expands.
    timeout 30 bash -c 'echo >"$1"' - "$scratch/go"
    rm "$scratch/go"
}

# Starts bootstrap in a process group of its own; its number is in $started.
start_bootstrap() {
    BATON_CACHE=$cache PATH=$tools:$PATH setsid "$copy/Scripts/bootstrap" >"$scratch/background" 2>&1 &
    started=$!
}

# Sends a signal to the started bootstrap and all its children, and waits for its end.
kill_bootstrap() {
    kill "-$1" -- "-$started"
    ! wait "$started" 2>/dev/null
}

run_tests() {
    local test tests passed=0 failed=0 status
    real_python=$(command -v python3)
    make_bare
    make_wheels
    mapfile -t tests < <(sed -n 's/^\([a-z_0-9]*\)() {$/\1/p' "$0")
    for test in "${tests[@]}"; do
        rm -rf "$cache" "$scratch"/{apt,cmake,began,go} "$wheels"
        : >"$output"
        cp -R "$pristine" "$wheels"
        make_copy
        make_tools
        # Not in a list with || or if: those would turn errexit off inside the test too.
        set +e
        (
            trap - EXIT
            set -e
            "$test"
        )
        status=$?
        set -e
        if [ "$status" = 0 ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            printf 'failed: %s; the last output was\n' "$test"
            sed 's/^/    /' "$output"
        fi
    done
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ]
}
