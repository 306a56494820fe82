internal import CCurl

/// An absolute address of `http` or `https`.
///
/// Read by libcurl, so that what is checked is what is connected to: a host such as `0x7f.1`
/// comes out
/// as `127.0.0.1`. Addresses with a user or password in them are refused, because they end up in
/// logs.
package struct WebURL: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    package let scheme: String
    /// The host in lower case, an IPv6 address without its brackets.
    package let host: String
    /// The port, also where it is the scheme's own.
    package let port: UInt16
    /// The path, beginning with a slash, as it is sent.
    package let path: String
    /// What follows the question mark; nil where there is none.
    package let query: String?

    /// Reads an address.
    ///
    /// - Parameter text: An absolute address; a fragment does not count.
    /// - Returns: Nil for anything that is not one.
    package init?(_ text: String) {
        self.init(text, from: nil)
    }

    /// Reads an address that stands in an answer, such as `Location`, seen from this one.
    ///
    /// - Parameter reference: Absolute or relative.
    /// - Returns: Nil for anything that leads nowhere, such as another scheme.
    package func resolving(_ reference: String) -> WebURL? {
        WebURL(reference, from: self)
    }

    private init?(_ text: String, from base: WebURL?) {
        guard text.utf8.count <= 8192, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return nil }
        guard let handle = unsafe curl_url() else { return nil }
        defer { unsafe curl_url_cleanup(handle) }
        let refused = UInt32(CURLU_DISALLOW_USER)
        if let base {
            guard unsafe curl_url_set(handle, CURLUPART_URL, base.text, refused) == CURLUE_OK
            else { return nil }
        }
        // Servers send spaces and letters beyond ASCII in what they redirect to.
        let flags = refused | (base == nil ? 0 : UInt32(CURLU_URLENCODE | CURLU_ALLOW_SPACE))
        guard unsafe curl_url_set(handle, CURLUPART_URL, text, flags) == CURLUE_OK else {
            return nil
        }
        func part(_ which: CURLUPart, _ flags: UInt32 = 0) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard unsafe curl_url_get(handle, which, &text, flags) == CURLUE_OK,
                let found = unsafe text
            else { return nil }
            defer { unsafe curl_free(found) }
            return unsafe String(cString: found)
        }
        guard let scheme = part(CURLUPART_SCHEME)?.lowercased(),
            scheme == "http" || scheme == "https",
            let host = part(CURLUPART_HOST)?.lowercased(), !host.isEmpty,
            let port = part(CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)).flatMap({ UInt16($0) }),
            port > 0, part(CURLUPART_USER) == nil, part(CURLUPART_PASSWORD) == nil
        else { return nil }
        self.scheme = scheme
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        path = part(CURLUPART_PATH) ?? "/"
        query = part(CURLUPART_QUERY)
    }

    /// The whole address.
    package var text: String { place + (query.map { "?\($0)" } ?? "") }

    /// The address without its query, which may hold secrets.
    package var place: String { origin + path }

    /// Scheme, host, and the port where it is not the scheme's own.
    package var origin: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
    }

    /// Whether it is `https`.
    package var isSecure: Bool { scheme == "https" }

    /// The address without its query, which may hold secrets.
    package var description: String { place }
}
