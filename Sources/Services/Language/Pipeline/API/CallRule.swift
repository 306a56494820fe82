/// Whether and how a model calls tools.
package struct CallRule: Sendable, Hashable {
    /// Whether it must call one.
    package var isDemanded = false
    /// Whether it may call several at once.
    package var allowsSeveral = true

    /// It may call as many as it likes.
    package init() {}
}
