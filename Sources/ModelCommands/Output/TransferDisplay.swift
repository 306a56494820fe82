/// Shows how far one piece of work is, on standard error.
package struct TransferDisplay: Sendable {
    private let label: String
    private let display = ProgressDisplay()

    /// Begins to show progress.
    ///
    /// - Parameter label: What is done, with a colon.
    package init(_ label: String) {
        self.label = label
    }

    /// Shows how far it is.
    ///
    /// - Parameters:
    ///   - completed: Bytes that are done.
    ///   - total: Bytes of the whole.
    package func show(completed: Int, total: Int) {
        display.transfer(label, label: label, completed: completed, total: total)
    }

    /// Takes it off the screen.
    package func end() { display.end(isCleared: true) }
}
