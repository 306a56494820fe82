internal import DeviceClient
internal import JSON
internal import LanguagePipeline

extension LanguageSettings {
    /// How long models stay, as `span` reads it.
    static func text(of span: ResidencySpan) -> String {
        switch span {
        case .forever: "-1"
        case .atMost(let span): GoDuration.text(span.components.seconds * 1_000_000_000)
        }
    }

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
