// swift-tools-version: 6.2
import PackageDescription

// A package of its own: its targets have no `main` and link only with libFuzzer, see fuzz.py. SIPCore and the
// invariants are links to the folders of the package above, so that `package` access works here too.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "fuzz",
    targets: [
        .target(
            name: "SIPCore",
            swiftSettings: settings + [
                .strictMemorySafety(), .enableExperimentalFeature("Lifetimes"),
            ]),
        .target(name: "Invariants", dependencies: ["SIPCore"], swiftSettings: settings),
        .target(name: "Harness", dependencies: ["Invariants"], swiftSettings: settings),
    ]
        + ["message", "framer", "uri", "digest"].map {
            .executableTarget(
                name: "fuzz-\($0)", dependencies: ["Harness", "Invariants"],
                swiftSettings: settings)
        })
