package import Configuration
package import HTTPService
internal import POSIX

/// Where a service listens and who may use it: the section `server` of every service's file.
package struct ServerSettings: Sendable {
    /// Numeric address to listen on.
    package var host = "127.0.0.1"
    /// Port to listen on; 0 for none.
    package var port: Int
    /// A Unix socket to listen on beside the port; empty for none.
    package var socket = ""
    /// The keys that are demanded; empty for none.
    package var keyFile = ""
    /// Whether others than this machine may use the service without a key.
    package var isOpen = false
    /// The web pages that may use it.
    package var origins = Self.localOrigins
    /// Further names by which it may be called while it only listens on loopback.
    package var hosts: [String] = []
    /// The certificate chain; empty for plain HTTP.
    package var certificate = ""
    /// The certificate's private key.
    package var certificateKey = ""
    /// Largest request body in bytes.
    package var bodyLimit: Int
    /// Most open connections.
    package var connectionLimit = 1024
    /// Most requests at once.
    package var requestLimit = 256
    /// Bytes of a request's head, about.
    package var headLimit = 8 << 10
    /// How long a connection or a body may be silent.
    package var idleTimeout = Duration.seconds(60)

    /// Pages and programs of this machine, and applications that have no origin on the web.
    package static let localOrigins = [
        "http://localhost:*", "https://localhost:*", "http://localhost", "https://localhost",
        "http://127.0.0.1:*", "https://127.0.0.1:*", "http://[::1]:*", "app://*", "file://*",
        "tauri://*", "vscode-webview://*", "vscode-file://*",
    ]

    /// The defaults.
    ///
    /// - Parameters:
    ///   - port: The service's usual port.
    ///   - bodyLimit: Largest request body in bytes.
    package init(port: Int, bodyLimit: Int) {
        self.port = port
        self.bodyLimit = bodyLimit
    }

    /// Reads every key of the section.
    ///
    /// - Parameter section: The section.
    package mutating func read(_ section: ConfigurationReader) {
        readPlaces(section)
        readAccess(section)
        readLimits(section)
    }

    private mutating func readPlaces(_ section: ConfigurationReader) {
        host = section.string("host", default: host, about: "Numeric address to listen on.")
        port = section.integer(
            "port",
            default: port,
            in: 0...65_535,
            about: "Port to listen on; 0 for none."
        )
        socket = section.string(
            "socket",
            default: socket,
            about: "Unix socket to listen on beside the port; empty for none."
        )
        certificate = section.string(
            "tls_certificate",
            default: certificate,
            about: "File of the certificate chain (PEM); empty for plain HTTP."
        )
        certificateKey = section.string(
            "tls_key",
            default: certificateKey,
            about: "File of the certificate's private key (PEM)."
        )
    }

    private mutating func readAccess(_ section: ConfigurationReader) {
        keyFile = section.string(
            "key_file",
            default: keyFile,
            about: "File of the API keys that are demanded; empty for none."
        )
        isOpen = section.bool(
            "allow_without_key",
            default: isOpen,
            about: "Whether other machines may use the service without a key."
        )
        origins = section.strings(
            "origins",
            default: origins,
            about: "Origins of web pages that may use the service; '*' stands for any text."
        )
        hosts = section.strings(
            "hosts",
            default: hosts,
            about: "Further names by which clients may call a service that listens on loopback."
        )
    }

    private mutating func readLimits(_ section: ConfigurationReader) {
        bodyLimit = section.bytes(
            "max_body_size",
            default: bodyLimit,
            in: 1024...(1 << 40),
            about: "Largest request body."
        )
        headLimit = section.bytes(
            "max_head_size",
            default: headLimit,
            in: 2048...(1 << 20),
            about: "Memory of a connection for heads; larger heads are refused."
        )
        connectionLimit = section.integer(
            "max_connections",
            default: connectionLimit,
            in: 1...1_000_000,
            about: "Most open connections; more are told to come back."
        )
        requestLimit = section.integer(
            "max_requests",
            default: requestLimit,
            in: 1...1_000_000,
            about: "Most requests at once; more are told to come back."
        )
        idleTimeout = section.duration(
            "idle_timeout",
            default: idleTimeout,
            in: .seconds(1) ... .seconds(86_400),
            about: "How long a connection or a body may be silent."
        )
    }

    /// The server's configuration.
    ///
    /// Sockets that the service manager has opened under the service's name go before host and port.
    ///
    /// - Parameter service: The service's name.
    /// - Throws: `ConfigurationError` when other machines could use the service without a key although
    ///   nobody allowed that, or when the key file is of no use.
    package func configuration(
        of service: String
    ) throws(ConfigurationError) -> HTTPServer.Configuration {
        var configuration = HTTPServer.Configuration()
        let inherited = InheritedSockets.take("baton-\(service)")
        configuration.listeners = inherited.map { .inherited($0) }
        if inherited.isEmpty, port > 0 {
            configuration.listeners.append(.tcp(host, port: UInt16(port)))
        }
        if !socket.isEmpty { configuration.listeners.append(.unix(socket, mode: 0o660)) }
        guard !configuration.listeners.isEmpty else {
            throw ConfigurationError(source: "server", "neither 'port' nor 'socket' is given")
        }
        let isLocal =
            inherited.allSatisfy { TCPListener.isLocal($0.number) }
            && (!inherited.isEmpty || port == 0 || Self.isLoopback(host))
        guard isLocal || !keyFile.isEmpty || isOpen else {
            throw ConfigurationError(
                source: "server.host",
                "'\(host)' can be reached by other machines: set 'key_file', or"
                    + " 'allow_without_key: true' if everybody there may use the service"
            )
        }
        if isLocal { configuration.access.hosts = .loopback(and: hosts) }
        configuration.access.origins = OriginPolicy(origins)
        if !keyFile.isEmpty { configuration.access.keys = try KeyFile.ring(keyFile) }
        guard certificate.isEmpty == certificateKey.isEmpty else {
            throw ConfigurationError(
                source: "server",
                "'tls_certificate' and 'tls_key' go together"
            )
        }
        if !certificate.isEmpty {
            configuration.identity = TLSIdentity.Source(
                certificate: certificate,
                key: certificateKey
            )
        }
        configuration.bodyLimit = bodyLimit
        configuration.connectionMemory = headLimit
        configuration.connectionLimit = connectionLimit
        configuration.requestLimit = requestLimit
        configuration.idleTimeout = idleTimeout
        return configuration
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
