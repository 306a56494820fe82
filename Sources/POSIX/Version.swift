/// The version of all of Baton's programs, which are released together.
package enum Version {
    /// The version as text.
    package static let text = "0.1.0"
}
