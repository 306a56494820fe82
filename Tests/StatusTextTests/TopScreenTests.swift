import JSON
import StatusText
import Testing

/// What `baton top` shows of a report.
@Suite struct TopScreenTests {
    private static let report: JSONValue = [
        "version": "1.2", "uptime_seconds": 7300, "draining": false,
        "devices": [
            [
                "name": "cpu", "turn_rule": "stopProcess", "used_bytes": 140_000_000,
                "budget_bytes": 900_000_000, "baton": ["chat"],
            ]
        ],
        "models": [
            [
                "name": "chat", "engine": "simulated", "device": "cpu", "state": "ready",
                "bytes": 140_000_000, "pid": 17, "simulated": true,
            ]
        ],
        "clients": [["name": "web", "uid": 0, "pid": 18, "tickets": 2]],
        "tickets": [
            [
                "ticket": 1, "client": "web", "key": "anna", "models": ["chat"],
                "class": "interactive", "state": "busy", "stopped": true, "age_ms": 900,
                "held_ms": 650,
            ],
            [
                "ticket": 2, "client": "web", "key": "ben", "models": ["chat"],
                "class": "background", "state": "waiting", "age_ms": 400, "held_ms": 0,
                "predicted_wait_ms": 1900, "deadline_ms": 61_000,
                "waits_for": ["reason": "slot", "models": ["chat"]],
            ],
        ],
    ]

    private func lines(_ screen: TopScreen) -> [String] { screen.lines.map(\.text) }

    @Test func showsEverythingWhereThereIsRoom() {
        let screen = TopScreen(Self.report, width: 200, height: 24)
        let texts = lines(screen)
        #expect(screen.lines.count == 24)
        #expect(screen.maximumScroll == 0)
        #expect(texts[0] == "baton 1.2, up 2 h, 2 tickets, 1 of them waiting")
        for words in ["DEVICE", "chat", "SIMULATED", "web", "WAITS FOR", "stopped", "650 ms"] {
            #expect(texts.contains { $0.contains(words) }, "\(words)")
        }
        let waiting = texts.first { $0.contains("ben") }
        #expect(waiting?.hasSuffix("a slot of chat, about 1.5 s, gives up in 61 s") == true)
        #expect(screen.lines.count { $0.style == .title } == 4)
        #expect(texts.last == "q quit")
    }

    @Test func aSmallScreenIsScrolled() {
        let all = lines(TopScreen(Self.report, width: 200, height: 40)).filter { !$0.isEmpty }
        let small = TopScreen(Self.report, width: 200, height: 8)
        #expect(small.lines.count == 8)
        #expect(small.maximumScroll > 0)
        var seen: [String] = []
        for scroll in 0...(small.maximumScroll + 3) {
            let screen = TopScreen(Self.report, width: 200, height: 8, scroll: scroll)
            #expect(screen.lines.count == 8)
            for text in lines(screen) where !seen.contains(text) { seen.append(text) }
        }
        #expect(Set(all.dropLast()).isSubset(of: seen))
    }

    @Test(arguments: [0, 1, 2, 3]) func aTinyScreenGetsNoMoreThanItHas(size: Int) {
        let screen = TopScreen(Self.report, problem: "no answer", width: size, height: size)
        #expect(screen.lines.count <= size)
        #expect(screen.lines.allSatisfy { $0.text.count <= size })
    }

    @Test func saysWhyItKnowsNothing() {
        let screen = TopScreen(nil, problem: "the manager is gone", width: 80, height: 5)
        #expect(lines(screen) == ["baton", "the manager is gone", "", "", "q quit"])
        #expect(screen.lines[1].style == .warning)
    }

    @Test(
        arguments: [
            (
                ["reason": "pause", "models": ["m"], "until_ms": 2500],
                "m to be tried again after its failure, at most 2.5 s"
            ),
            (["reason": "memory", "models": ["m"]], "memory for m"),
            (["reason": "queue", "models": ["m"], "others": 3], "others of its models (3)"),
            (
                ["reason": "turn", "models": ["x", "y"], "until_ms": 120],
                "the turn of x y, at most 120 ms"
            ),
            (
                ["reason": "memory", "models": ["m"], "until_ms": 9000],
                "memory for m, others first for at most 9.0 s"
            ),
            (["reason": "turn", "models": []], "its turn"),
            (["reason": "load", "models": ["m"]], "m to load"),
            (["reason": "unload", "models": ["m"]], "m to leave and come back"),
            (["reason": "closing", "models": ["m"]], "m, which leaves for another model"),
            (["reason": "weather", "models": []], "weather"),
        ] as [(JSONValue, String)]
    )
    func saysWhatATicketWaitsFor(wait: JSONValue, words: String) {
        let ticket: JSONValue = ["ticket": 1, "age_ms": 5, "state": "waiting", "waits_for": wait]
        let screen = TopScreen(["tickets": [ticket]], width: 200, height: 24)
        #expect(lines(screen).contains { $0.hasSuffix("  " + words) }, "\(lines(screen))")
    }
}
