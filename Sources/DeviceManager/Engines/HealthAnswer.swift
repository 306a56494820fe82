/// What an HTTP server's answer to `GET /health` means for loading.
enum HealthAnswer: Equatable {
    /// Too little has arrived to tell.
    case incomplete
    /// 200: the model is loaded.
    case ready
    /// 503: it is being loaded.
    case loading
    /// Anything else, which waiting does not change.
    case wrong(String)

    /// Reads the beginning of an answer.
    init(_ bytes: [UInt8]) {
        let start = Array("HTTP/1.".utf8)
        guard bytes.starts(with: start.prefix(bytes.count)) else {
            self = .wrong("GET /health was not answered in HTTP")
            return
        }
        // "HTTP/1.1 200 " and what follows.
        guard bytes.count > 12 else {
            self = .incomplete
            return
        }
        switch String(decoding: bytes[9..<12], as: UTF8.self) {
        case "200": self = .ready
        case "503": self = .loading
        case let status: self = .wrong("GET /health was answered with \(status)")
        }
    }
}
