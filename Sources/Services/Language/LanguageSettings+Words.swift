internal import DeviceClient
internal import JSON
internal import LanguagePipeline

extension LanguageSettings {
    /// How long models stay, from a text such as "5m", "-1", "300".
    ///
    /// - Returns: Nil when it is none.
    static func span(_ text: String) -> ResidencySpan? {
        switch try? KeepAlive(.string(text)) {
        case .nanoseconds(let count): .atMost(.nanoseconds(count))
        case .forever: .forever
        case nil: nil
        }
    }
}
