package import DeviceProtocol

/// Whom the kernel says is at the other end of a connection.
package struct ClientIdentity: Sendable, Hashable {
    /// The user.
    package let user: UInt32
    /// All groups of the process.
    package let groups: Set<UInt32>

    /// Names a client.
    ///
    /// - Parameters:
    ///   - user: The user.
    ///   - groups: All groups of the process.
    package init(user: UInt32, groups: Set<UInt32>) {
        self.user = user
        self.groups = groups
    }
}

/// What a client may do.
package struct ClientRights: Sendable, Hashable {
    /// The highest class of its tickets; wishes above it are lowered to it.
    package var ceiling: TicketClass
    /// Whether it may load, unload and pin models.
    package var mayManage: Bool

    /// Bundles rights.
    ///
    /// - Parameters:
    ///   - ceiling: The highest class of its tickets.
    ///   - mayManage: Whether it may load, unload and pin models.
    package init(ceiling: TicketClass, mayManage: Bool) {
        self.ceiling = ceiling
        self.mayManage = mayManage
    }

    /// What root and the manager's own user may do unless a rule says otherwise.
    package static let all = ClientRights(ceiling: .realtime, mayManage: true)
    /// What others may do unless a rule says otherwise: who may not manage cannot push a model out
    /// of memory on purpose, and who is no camera does not stop everybody else at once.
    package static let usual = ClientRights(ceiling: .interactive, mayManage: false)
}

/// Who is allowed what on the device socket: the first rule that fits counts.
package struct ClientRules: Sendable, Hashable {
    /// One rule; it fits everybody when it names neither a user nor a group.
    package struct Rule: Sendable, Hashable {
        /// The only user that it fits.
        package var user: UInt32?
        /// A group that who it fits must be in.
        package var group: UInt32?
        /// What who it fits may do; nil means not even to connect.
        package var rights: ClientRights?

        /// Makes a rule.
        ///
        /// - Parameters:
        ///   - user: The only user that it fits.
        ///   - group: A group that who it fits must be in.
        ///   - rights: What who it fits may do; nil means not even to connect.
        package init(user: UInt32? = nil, group: UInt32? = nil, rights: ClientRights?) {
            self.user = user
            self.group = group
            self.rights = rights
        }

        func fits(_ client: ClientIdentity) -> Bool {
            if let user, user != client.user { return false }
            if let group, !client.groups.contains(group) { return false }
            return true
        }
    }

    /// The rules in order.
    package var rules: [Rule]

    /// Makes a list of rules.
    ///
    /// - Parameter rules: The rules in order; with none, the defaults hold for everybody.
    package init(_ rules: [Rule] = []) {
        self.rules = rules
    }

    /// What a client may do.
    ///
    /// - Parameters:
    ///   - client: The client.
    ///   - owner: The manager's own user.
    /// - Returns: Its rights, or nil when it may not connect.
    package func rights(of client: ClientIdentity, owner: UInt32) -> ClientRights? {
        if let rule = rules.first(where: { $0.fits(client) }) { return rule.rights }
        return client.user == 0 || client.user == owner ? .all : .usual
    }
}
