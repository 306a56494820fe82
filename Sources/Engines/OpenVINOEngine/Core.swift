import DeviceProtocol
import COpenVINO
import EngineKit

/// OpenVINO itself: its devices, its settings, and what compiles graphs.
@safe
final class Core: @unchecked Sendable {
    // Unchecked: the handle is constant, and the library locks inside.
    let handle: OpaquePointer

    init() throws(EngineError) {
        var handle: OpaquePointer?
        try check(unsafe ov_core_create(&handle), .loadFailed, "start OpenVINO")
        guard let handle = unsafe handle else {
            throw EngineError(.loadFailed, "OpenVINO gave no core")
        }
        unsafe self.handle = handle
    }

    deinit {
        unsafe ov_core_free(handle)
    }

    /// The library's version: "2026.4.1-22982-…".
    static var version: String {
        var version = unsafe ov_version_t()
        guard unsafe ov_get_openvino_version(&version) == OK else { return "unknown" }
        defer { unsafe ov_version_free(&version) }
        guard let text = unsafe version.buildNumber else { return "unknown" }
        return unsafe String(cString: text)
    }

    /// The devices that the library can use now: "CPU", "GPU".
    func devices() throws(EngineError) -> [String] {
        var list = unsafe ov_available_devices_t()
        let status = unsafe ov_core_get_available_devices(handle, &list)
        try check(status, .loadFailed, "list devices")
        defer { unsafe ov_available_devices_free(&list) }
        var names: [String] = []
        for index in 0..<(unsafe list.size) {
            guard let name = unsafe list.devices[index] else { continue }
            names.append(unsafe String(cString: name))
        }
        return names
    }

    /// A device's property as text.
    func property(_ name: String, of device: String) throws(EngineError) -> String {
        var text: UnsafeMutablePointer<CChar>?
        let status = unsafe ov_core_get_property(handle, device, name, &text)
        try check(status, .loadFailed, "read '\(name)' of '\(device)'")
        guard let text = unsafe text else { return "" }
        defer { unsafe ov_free(text) }
        return unsafe String(cString: text)
    }

    /// Sets a device's property for the graphs compiled from now on.
    func set(_ name: String, to value: String, of device: String) throws(EngineError) {
        let status = unsafe name.withCString { name in
            unsafe value.withCString { value in
                var property = unsafe ov_property_t(key: name, value: value)
                return unsafe ov_core_set_properties(handle, device, 1, &property)
            }
        }
        try check(status, .loadFailed, "set '\(name)' of '\(device)' to '\(value)'")
    }
}
