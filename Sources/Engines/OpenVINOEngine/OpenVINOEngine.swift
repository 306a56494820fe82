import EngineKit
import Logging

/// The engine that runs ONNX, OpenVINO, Paddle and TFLite graphs through OpenVINO's C library.
@main
enum OpenVINOEngine {
    static func main() {
        let identity = EngineIdentity(
            name: "openvino",
            version: Core.version,
            isSimulated: false
        )
        EngineProcess<OpenVINOModel>.run(identity, log: .standardError(label: "engine-openvino"))
    }
}
