/// The variables that may be used at a place of a template.
///
/// Each has a place of its own while it is there, so that nothing is looked up by name when the
/// template is carried out.
struct GoScope {
    private var names: [GoKey] = []
    /// The places of the variables of a name; the last one counts.
    private var places: [GoKey: [Int]] = [:]

    /// A template's own variables: `$` alone, whose name is empty.
    init() {
        declare("")
    }

    /// How many there are.
    var count: Int { names.count }

    func place(of name: GoKey) -> Int? { places[name]?.last }

    /// Adds a variable.
    ///
    /// - Returns: Its place.
    @discardableResult
    mutating func declare(_ name: GoKey) -> Int {
        names.append(name)
        places[name, default: []].append(names.count - 1)
        return names.count - 1
    }

    /// Forgets the variables that came after the first ones.
    mutating func leave(to count: Int) {
        while names.count > count { places[names.removeLast()]?.removeLast() }
    }
}
