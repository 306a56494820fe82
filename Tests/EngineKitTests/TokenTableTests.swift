import DeviceProtocol
import Testing

@testable import EngineKit

@Suite struct TokenTableTests {
    private let key = TokenTable.Key(channel: 1, token: "a")

    @Test func knowsOnlyWhatWasAdmittedOnTheSameChannel() {
        var table = TokenTable()
        table.admit(key, as: .realtime)
        #expect(table.standing(of: key) == .admitted(.realtime))
        #expect(table.standing(of: TokenTable.Key(channel: 2, token: "a")) == .unknown)
        #expect(table.standing(of: TokenTable.Key(channel: 1, token: "b")) == .unknown)
    }

    @Test func becomesIdleAtOnceWithoutWork() {
        var table = TokenTable()
        table.admit(key, as: .background)
        #expect(table.revoke(key) == 0)
        #expect(table.standing(of: key) == .revoked)
        #expect(table.count == 0)
    }

    @Test func becomesIdleOnceWithTheSumOfItsWork() {
        var table = TokenTable()
        table.admit(key, as: .interactive)
        table.begin(key)
        table.begin(key)
        #expect(table.end(key, held: 5) == nil)
        #expect(table.held(key) == 5)
        #expect(table.revoke(key) == nil)
        #expect(table.standing(of: key) == .revoked)
        #expect(table.end(key, held: 7) == 12)
        #expect(table.revoke(key) == 0)
    }

    @Test func aTokenThatWasNeverAdmittedIsIdle() {
        var table = TokenTable()
        #expect(table.revoke(key) == 0)
        #expect(table.standing(of: key) == .unknown)
    }

    @Test func admittingAgainChangesTheClassAndEndsARevocation() {
        var table = TokenTable()
        table.admit(key, as: .background)
        table.admit(key, as: .realtime)
        #expect(table.standing(of: key) == .admitted(.realtime))
        table.begin(key)
        #expect(table.revoke(key) == nil)
        table.admit(key, as: .interactive)
        #expect(table.standing(of: key) == .admitted(.interactive))
        #expect(table.end(key, held: 3) == nil)
        #expect(table.revoke(key) == 3)
    }

    @Test func forgetsTheOldestEndedTokens() {
        var table = TokenTable()
        for number in 0...TokenTable.memory {
            let key = TokenTable.Key(channel: 1, token: "\(number)")
            table.admit(key, as: .interactive)
            _ = table.revoke(key)
        }
        #expect(table.standing(of: TokenTable.Key(channel: 1, token: "0")) == .unknown)
        #expect(table.standing(of: TokenTable.Key(channel: 1, token: "1")) == .revoked)
    }
}
