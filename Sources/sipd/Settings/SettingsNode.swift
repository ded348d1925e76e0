/// A value as it was written, with its place: what the YAML file, the environment and flags have in common.
package struct SettingsNode: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        /// `plain`: without quotes, so that it may stand for a number or a truth value.
        case text(String, plain: Bool)
        case list([SettingsNode])
        case table([Entry])
        case nothing
    }

    package struct Entry: Equatable, Sendable {
        package let key: String
        package let origin: SettingsOrigin
        package let value: SettingsNode

        package init(key: String, origin: SettingsOrigin, value: SettingsNode) {
            self.key = key
            self.origin = origin
            self.value = value
        }
    }

    package let origin: SettingsOrigin
    package let content: Content

    package init(_ origin: SettingsOrigin, _ content: Content) {
        self.origin = origin
        self.content = content
    }

    /// What is there, for "expected …, found …".
    package var noun: String {
        switch content {
        case .text(let text, plain: true): "'\(text)'"
        case .text(let text, plain: false): "the quoted text \"\(text)\""
        case .list: "a list"
        case .table: "a table of keys"
        case .nothing: "nothing"
        }
    }
}
