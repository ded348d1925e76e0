// swift-tools-version: 6.2
import PackageDescription

// A package of its own: its targets have no `main` and link only with libFuzzer, see fuzz.py. The layers and the
// invariants are links to the folders of the package above, so that `package` access works here too; of those with sockets
// only what the core needs, which is why nothing of NIO is built here.
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
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto"),
        .target(name: "SIPTransaction", dependencies: ["SIPCore"], swiftSettings: settings),
        .target(name: "SIPAuth", dependencies: ["SIPCore", "COpenSSL"], swiftSettings: settings),
        .target(name: "SIPLocation", dependencies: ["SIPCore"], swiftSettings: settings),
        .target(name: "SIPDNS", dependencies: ["SIPCore"], swiftSettings: settings),
        .target(name: "SIPTransport", dependencies: ["SIPCore"], swiftSettings: settings),
        .target(
            name: "SIPProxy",
            dependencies: [
                "SIPCore", "SIPTransaction", "SIPAuth", "SIPLocation", "SIPDNS", "SIPTransport",
            ],
            exclude: ["Server"], swiftSettings: settings),
        .target(name: "Invariants", dependencies: ["SIPCore"], swiftSettings: settings),
        .target(
            name: "CoreInvariant",
            dependencies: ["SIPAuth", "SIPCore", "SIPLocation", "SIPProxy", "SIPTransaction"],
            swiftSettings: settings),
        .target(name: "Harness", dependencies: ["Invariants"], swiftSettings: settings),
        .executableTarget(
            name: "fuzz-core", dependencies: ["Harness", "CoreInvariant"], swiftSettings: settings),
    ]
        + ["message", "framer", "uri", "digest"].map {
            .executableTarget(
                name: "fuzz-\($0)", dependencies: ["Harness", "Invariants"],
                swiftSettings: settings)
        })
