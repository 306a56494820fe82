/// Marks along a prompt, each of all that stands before it, by which prompts with the same beginning
/// are known without being kept.
///
/// The marks mean nothing outside of this process: they are made with a secret of its own.
package struct PromptTrail: Sendable, Hashable {
    /// One mark for each `step` bytes.
    let marks: [Int]

    /// Bytes between two marks.
    package static let step = 256
    /// Marks at most; what stands behind the last tells prompts apart no more.
    static let most = 16_384

    /// Walks along a prompt.
    ///
    /// - Parameter prompt: Its text, or what its text is made of, from the beginning.
    package init(_ prompt: [UInt8]) {
        var hasher = Hasher()
        var marks: [Int] = []
        let count = min(prompt.count / Self.step, Self.most)
        marks.reserveCapacity(count)
        unsafe prompt.withUnsafeBytes { bytes in
            for number in 0..<count {
                let part = unsafe bytes[(number * Self.step)..<((number + 1) * Self.step)]
                unsafe hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: part))
                let soFar = hasher
                marks.append(soFar.finalize())
            }
        }
        self.marks = marks
    }

    /// How many marks there are.
    package var count: Int { marks.count }

    /// How many marks both have in common from the beginning.
    ///
    /// - Parameter other: The other trail.
    package func common(with other: PromptTrail) -> Int {
        zip(marks, other.marks).prefix { $0 == $1 }.count
    }
}
