/// Which conversation is in which slot of one engine, as far as its only client knows.
///
/// An engine compares a prompt with what its slot holds, token by token, so that a wrong entry costs
/// time and never an answer.
package struct SlotBook: Sendable {
    /// What a slot holds.
    package struct Content: Sendable, Hashable {
        /// Whose it is.
        package let owner: String
        /// The prompt that it begins with.
        package let trail: PromptTrail
        /// Tokens of prompt and answer, as far as they are known.
        package var tokens: Int
    }

    private struct Slot {
        var content: Content?
        /// Requests that use it.
        var guests = 0
        /// When it was entered last, counted in entries.
        var entered = 0
    }

    private var slots: [Slot]
    private var entries = 0

    /// By which tokens are guessed until the engine tells them.
    private static let usualTokenBytes = 4

    /// An engine that holds nothing.
    ///
    /// - Parameter count: Its slots; at least 1.
    package init(slots count: Int) {
        slots = Array(repeating: Slot(), count: max(1, count))
    }

    /// What slots hold, the largest first.
    package var contents: [(slot: Int, content: Content)] {
        slots.enumerated().compactMap { number, slot in slot.content.map { (number, $0) } }
            .sorted { $0.1.tokens > $1.1.tokens }
    }

    /// The slot for a prompt: one without a guest that knows most of it, else an empty one, else the
    /// one that was not used for longest.
    ///
    /// - Parameter trail: The prompt.
    /// - Returns: The slot, how much of the prompt it knows, and what it held.
    package mutating func enter(
        _ trail: PromptTrail,
        of owner: String
    ) -> (slot: Int, known: Int, held: Content?) {
        func order(_ number: Int) -> (Int, Int, Int, Int) {
            let slot = slots[number]
            let known = slot.content?.trail.common(with: trail) ?? 0
            return (slot.guests, -known, slot.content == nil ? 0 : 1, slot.entered)
        }
        let chosen = slots.indices.min { order($0) < order($1) } ?? 0
        let held = slots[chosen].content
        entries += 1
        slots[chosen].guests += 1
        slots[chosen].entered = entries
        slots[chosen].content = Content(
            owner: owner,
            trail: trail,
            tokens: trail.count * PromptTrail.step / Self.usualTokenBytes
        )
        return (chosen, held?.trail.common(with: trail) ?? 0, held)
    }

    /// A request has ended.
    ///
    /// - Parameters:
    ///   - slot: Its slot.
    ///   - tokens: Those of its prompt and its answer; 0 when nobody told.
    package mutating func leave(_ slot: Int, tokens: Int) {
        guard slots.indices.contains(slot) else { return }
        slots[slot].guests = max(0, slots[slot].guests - 1)
        if tokens > 0 { slots[slot].content?.tokens = tokens }
    }
}
