internal import Glibc

/// The users and groups of this machine.
///
/// Asks the system's data base, which may read files: for the start of a program.
package enum Accounts {
    /// The number of a user, or nil when there is none of this name.
    ///
    /// - Parameter name: The name.
    package static func user(_ name: String) -> UInt32? {
        unsafe getpwnam(name)?.pointee.pw_uid
    }

    /// The number of a group, or nil when there is none of this name.
    ///
    /// - Parameter name: The name.
    package static func group(_ name: String) -> UInt32? {
        unsafe getgrnam(name)?.pointee.gr_gid
    }
}
