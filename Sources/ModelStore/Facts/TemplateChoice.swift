/// Which template makes a model's prompts, where it has two.
///
/// Models carry one in the Jinja language inside their file, and may have one of their own beside
/// it. That of their own is taken, for it was written for the model in this store; unless the other
/// knows more of tools and thoughts, or puts the answers of tools to the model and this does not.
package enum TemplateChoice: Sendable, Hashable {
    /// Neither is there.
    case none
    /// The model's own.
    case own
    /// The one in the file.
    case jinja

    /// Chooses.
    ///
    /// - Parameters:
    ///   - own: The names of all fields in the model's own template; nil when it has none.
    ///   - jinja: What the one in the file shows; nil when it has none.
    package init(own: Set<String>?, jinja: JinjaTraits?) {
        switch (own, jinja) {
        case (nil, nil): self = .none
        case (_?, nil): self = .own
        case (nil, _?): self = .jinja
        case (let own?, let jinja?): self = Self.isBetter(jinja, than: own) ? .jinja : .own
        }
    }

    private static func isBetter(_ jinja: JinjaTraits, than own: Set<String>) -> Bool {
        let ours = Self.own(own)
        let theirs = Self.jinja(jinja)
        let takesAnswers = ours.contains(.tools) && own.contains("ToolCalls")
        if theirs.count > ours.count { return !takesAnswers || jinja.returnsToolAnswers }
        return theirs == ours && theirs.contains(.tools) && jinja.returnsToolAnswers
            && !takesAnswers
    }

    /// What a template of the model's own knows of tools and thoughts.
    static func own(_ fields: Set<String>) -> Set<ModelCapability> {
        var found: Set<ModelCapability> = []
        if fields.contains("Tools") { found.insert(.tools) }
        if fields.contains("Thinking") { found.insert(.thinking) }
        return found
    }

    /// What a Jinja template knows of them.
    static func jinja(_ traits: JinjaTraits) -> Set<ModelCapability> {
        var found: Set<ModelCapability> = []
        if traits.offersTools { found.insert(.tools) }
        if traits.thinks { found.insert(.thinking) }
        return found
    }
}
