import COpenVINO
import DeviceProtocol

extension ElementType {
    /// The type that the library means; nil for one that no frame can carry.
    init?(_ type: ov_element_type_e) {
        guard let match = Self.allCases.first(where: { $0.openVINO == type }) else { return nil }
        self = match
    }

    /// The type in the library's words.
    var openVINO: ov_element_type_e {
        switch self {
        case .u8: U8
        case .i8: I8
        case .u16: U16
        case .i16: I16
        case .i32: I32
        case .i64: I64
        case .f16: F16
        case .bf16: BF16
        case .f32: F32
        case .f64: F64
        case .bool: shim_ov_boolean()
        }
    }
}
