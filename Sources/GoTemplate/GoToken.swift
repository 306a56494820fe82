/// What a template consists of: text between actions, and the words inside them.
enum GoToken: Sendable, Hashable {
    /// Text outside of actions.
    case text(String)
    /// `{{`
    case open
    /// `}}`
    case close
    /// A keyword or the name of a function.
    case word(String)
    /// `.`
    case dot
    /// `.Name`
    case field(GoKey)
    /// `$Name`, or `$` as the empty name.
    case variable(GoKey)
    case string(String)
    case integer(Int)
    case float(Double)
    /// White space, which ends an operand: `.A.B` is one and `.A .B` are two.
    case space
    case leftParenthesis
    case rightParenthesis
    case pipe
    case comma
    case declare
    case assign
    case end

    /// How messages call it.
    var name: String {
        switch self {
        case .text: "text"
        case .open: "'{{'"
        case .close: "'}}'"
        case .word(let word): "'\(word)'"
        case .dot: "'.'"
        case .field(let name): "'.\(name.text)'"
        case .variable(let name): "'$\(name.text)'"
        case .string, .integer, .float: "a constant"
        case .space: "a space"
        case .leftParenthesis: "'('"
        case .rightParenthesis: "')'"
        case .pipe: "'|'"
        case .comma: "','"
        case .declare: "':='"
        case .assign: "'='"
        case .end: "the end"
        }
    }
}

/// A token and where it begins.
struct GoPlacedToken: Sendable {
    let token: GoToken
    let line: Int
}
