/// What `baton-launch` did to a process before it became its program.
///
/// As text, one line each, so that the launcher needs no library to write it:
/// ```
/// active NAME
/// missing NAME REASON
/// failed REASON
/// ```
package struct SandboxReport: Sendable, Hashable {
    /// A protection that was asked for and does not hold.
    package struct Missing: Sendable, Hashable, CustomStringConvertible {
        /// Which one.
        package let protection: Protection
        /// Why.
        package let reason: String

        /// Describes what lacks.
        ///
        /// - Parameters:
        ///   - protection: Which one.
        ///   - reason: Why.
        package init(_ protection: Protection, _ reason: String) {
            self.protection = protection
            self.reason = reason
        }

        /// The words people read: "landlock (Function not implemented)".
        package var description: String { "\(protection.rawValue) (\(reason))" }
    }

    /// What holds, in the order in which it was applied.
    package var active: [Protection] = []
    /// What was asked for and does not hold.
    package var missing: [Missing] = []
    /// Why the program was not started; nil when it was.
    package var failure: String?

    /// A report without a line.
    package init() {}

    /// Reads a report; lines that it does not know are left out.
    ///
    /// - Parameter text: Lines.
    package init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            let protection = words.count > 1 ? Protection(rawValue: words[1]) : nil
            switch (words[0], protection) {
            case ("active", let protection?): active.append(protection)
            case ("missing", let protection?):
                missing.append(Missing(protection, words.count > 2 ? words[2] : ""))
            case ("failed", _): failure = String(line.dropFirst("failed ".count))
            default: break
            }
        }
    }

    /// The lines.
    package var text: String {
        let lines =
            active.map { "active \($0.rawValue)" }
            + missing.map { "missing \($0.protection.rawValue) \($0.reason)" }
            + (failure.map { ["failed \($0)"] } ?? [])
        // Paths may hold line ends, which would begin a line of their own.
        return lines.map { $0.split(separator: "\n").joined(separator: " ") + "\n" }.joined()
    }
}
