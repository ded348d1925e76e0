package import SIPTransport

extension SettingsForm {
    /// A certificate's chain and its key: a table of two files, or `CHAIN:KEY`.
    package static var certificate: SettingsForm<TLSSettings.Identity> {
        let expects =
            "the files of a certificate and its key, {chain: FILE, key: FILE} or FILE:FILE"
        let text = SettingsForm<TLSSettings.Identity>.scalar(expects) { text throws(Complaint) in
            let files = text.split(separator: ":", omittingEmptySubsequences: false)
            guard files.count == 2, !files.contains("") else { throw Complaint() }
            return TLSSettings.Identity(chain: String(files[0]), key: String(files[1]))
        }
        return SettingsForm<TLSSettings.Identity>(expects: expects) { node, problems in
            guard case .table(let entries) = node.content else {
                return text.read(node, &problems)
            }
            var files: [String: String] = [:]
            for entry in entries {
                guard entry.key == "chain" || entry.key == "key" else {
                    problems.append(
                        .init(entry.origin, "unknown key '\(entry.key)'; known are: chain, key"))
                    continue
                }
                files[entry.key] = SettingsForm<String>.path.read(entry.value, &problems)
            }
            guard let chain = files["chain"], let key = files["key"] else {
                problems.append(.init(node.origin, "expected \(expects)"))
                return nil
            }
            return TLSSettings.Identity(chain: chain, key: key)
        }
    }
}
