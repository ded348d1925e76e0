package import Foundation
package import Logging

/// Writes swift-log events as lines, `time level event key=value …` or JSON.
///
/// A line is one write, so lines of several threads never mix. Values under names of credentials are left out.
package struct LineLogHandler: LogHandler {
    /// The threshold's until it is set.
    package var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let threshold: LogThreshold
    private var ownLevel: Logger.Level?
    private let format: Settings.LogFormat
    private let now: @Sendable () -> Date
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - write: Takes a line with its end.
    package init(
        threshold: LogThreshold, format: Settings.LogFormat,
        now: @escaping @Sendable () -> Date = { Date() },
        write: @escaping @Sendable (String) -> Void = StandardError.write
    ) {
        self.threshold = threshold
        self.format = format
        self.now = now
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() {
            fields.merge(provided) { _, new in new }
        }
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        if let error = event.error { fields["error"] = "\(error)" }
        let sorted = fields.sorted { $0.key < $1.key }
            .map { (key: $0.key, value: Self.isSecret($0.key) ? "(left out)" : "\($0.value)") }

        let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(now())
        switch format {
        case .text:
            var line = LogLine(
                time: time, level: event.level.rawValue, event: "\(event.message)")
            for field in sorted { line.append(field.key, field.value) }
            write(line.line)
        case .json:
            write(
                LogLine.json(
                    [
                        ("time", time), ("level", event.level.rawValue),
                        ("event", "\(event.message)"),
                    ] + sorted))
        }
    }

    /// A second fence: no event of ours carries these, and if one ever does, the value stays out of the file.
    private static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return secrets.contains { key.contains($0) }
    }

    private static let secrets = ["password", "secret", "authorization", "credential", "ha1"]
}
