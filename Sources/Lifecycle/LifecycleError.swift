/// Why a group of services ended other than by request.
package enum LifecycleError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A service returned although nobody had asked it to.
    case returnedEarly(service: String)
    /// These services had not returned when the time for an orderly end was over.
    case deadlinePassed(services: [String])

    /// The sentence people read.
    package var description: String {
        switch self {
        case .returnedEarly(let service): "the service '\(service)' ended by itself"
        case .deadlinePassed(let services):
            "did not end in time: \(services.map { "'\($0)'" }.joined(separator: ", "))"
        }
    }
}
