import COpenVINO
import DeviceProtocol
import EngineKit

/// Throws what a call of the library reported.
///
/// - Parameters:
///   - status: What the call returned.
///   - code: What the failure means to whoever asked.
///   - operation: What was attempted, as a short phrase.
func check(
    _ status: ov_status_e,
    _ code: DeviceErrorCode,
    _ operation: String
) throws(EngineError) {
    guard status != OK else { return }
    var reason = "status \(status.rawValue)"
    // The library keeps the last message of each thread until its next call.
    if let text = unsafe ov_get_last_err_msg() {
        let message = unsafe String(cString: text)
        if !message.isEmpty { reason = "\(message) (\(reason))" }
    }
    let message = "\(operation): \(reason)"
    if status == INFER_CANCELLED { throw EngineError(interrupted: message) }
    throw EngineError(code, message)
}
