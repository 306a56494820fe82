internal import CommandLine
package import JSON

/// What `baton top` shows: the manager's report as the lines of a screen.
package struct TopScreen: Sendable, Hashable {
    /// How a line stands out.
    package enum Style: Sendable, Hashable {
        case plain
        case summary
        case title
        case warning
        case help
    }

    /// A line of the screen.
    package struct Line: Sendable, Hashable {
        /// What it says, not wider than the screen.
        package let text: String
        /// How it stands out.
        package let style: Style
    }

    /// The lines from top to bottom; not more than the screen has.
    package let lines: [Line]
    /// The greatest scrolling that shows something new.
    package let maximumScroll: Int

    /// Lays a report out.
    ///
    /// - Parameters:
    ///   - report: What the manager told last; nil when it never did.
    ///   - problem: Why it tells nothing now.
    ///   - width: Columns.
    ///   - height: Lines.
    ///   - scroll: Lines that have been scrolled away; more than there are count as all.
    package init(
        _ report: JSONValue?,
        problem: String? = nil,
        width: Int,
        height: Int,
        scroll: Int = 0
    ) {
        var body: [Line] = []
        if let report {
            let tables = StatusTables(report)
            // Tickets before programs: who waits is what people look for.
            for table in [tables.devices, tables.models, tables.tickets, tables.clients] {
                guard let table else { continue }
                body.append(Line(text: "", style: .plain))
                body += Self.lines(of: table)
            }
        }
        var head = [Line(text: Self.summary(report), style: .summary)]
        if let problem { head.append(Line(text: problem, style: .warning)) }
        let room = max(height - head.count - 1, 0)
        maximumScroll = max(body.count - room, 0)
        let first = min(max(scroll, 0), maximumScroll)
        var all = head + body[first..<min(first + room, body.count)]
        let help = maximumScroll > 0 ? "q quit   up, down scroll" : "q quit"
        while all.count < height - 1 { all.append(Line(text: "", style: .plain)) }
        all.append(Line(text: help, style: .help))
        lines = all.prefix(max(height, 0)).map { line in
            Line(text: String(line.text.prefix(max(width, 0))), style: line.style)
        }
    }

    private static func lines(of table: Table) -> [Line] {
        let plain = Terminal(isInteractive: false, width: 0, hasColours: false)
        let texts = table.rendered(for: plain).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        return texts.dropLast().enumerated().map { index, text in
            Line(text: String(text), style: index == 0 ? .title : .plain)
        }
    }

    private static func summary(_ report: JSONValue?) -> String {
        guard let report else { return "baton" }
        let tickets = report["tickets"]?.arrayValue ?? []
        let waiting = tickets.count { $0["state"] == "waiting" }
        let seconds = report["uptime_seconds"]?.integerValue ?? 0
        var text = "baton \(report["version"].text), up \(WaitText.milliseconds(seconds * 1000))"
        text += ", \(tickets.count) tickets, \(waiting) of them waiting"
        return report["draining"] == true ? text + ", ENDING" : text
    }
}
