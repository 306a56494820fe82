package import JSON

/// What a service says about itself on its standard routes.
package struct ServiceDescription: Sendable {
    /// The name in the OpenAPI document: "baton-ocr".
    package let name: String
    /// The version in the OpenAPI document.
    package let version: String
    /// Writes the body of `/health`, one object; called on the server's thread, must not wait.
    package let health: @Sendable (inout JSONWriter) -> Void
    /// Why the service cannot work now ("models_loading"), or nil when it can; must not wait.
    package let notReady: @Sendable () -> String?

    /// Describes a service.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - version: The version.
    ///   - health: Writes the body of `/health`, one object.
    ///   - notReady: Why the service cannot work now, or nil.
    package init(
        name: String,
        version: String,
        health: @escaping @Sendable (inout JSONWriter) -> Void,
        notReady: @escaping @Sendable () -> String?
    ) {
        self.name = name
        self.version = version
        self.health = health
        self.notReady = notReady
    }
}
