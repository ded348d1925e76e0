// swift-tools-version: 6.2
import PackageDescription

// The targets stand in the order of the layers: each imports only what stands above it.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "sip-proxy",
    products: [
        .library(name: "SIPCore", targets: ["SIPCore"]),
        .library(name: "SIPProxy", targets: ["SIPProxy"]),
        .library(name: "SIPSQLite", targets: ["SIPSQLite"]),
        .library(name: "SIPMariaDB", targets: ["SIPMariaDB"]),
        .library(name: "SIPTesting", targets: ["SIPTesting"]),
        .executable(name: "sipd", targets: ["sipd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(
            name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .target(
            name: "SIPCore",
            swiftSettings: strict + [
                .strictMemorySafety(), .enableExperimentalFeature("Lifetimes"),
            ]),
        .target(name: "SIPTransaction", dependencies: ["SIPCore"], swiftSettings: strict),
        .target(name: "SIPAuth", dependencies: ["SIPCore", "COpenSSL"], swiftSettings: strict),
        .target(name: "SIPLocation", dependencies: ["SIPCore"], swiftSettings: strict),
        .target(name: "SIPDNS", dependencies: ["SIPCore", "CCares"], swiftSettings: strict),
        .target(
            name: "SIPTransport",
            dependencies: [
                "SIPCore",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),
        .target(
            name: "SIPProxy",
            dependencies: [
                "SIPCore", "SIPTransaction", "SIPAuth", "SIPLocation", "SIPDNS", "SIPTransport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "SIPSQLite",
            dependencies: [
                "SIPAuth", "SIPLocation", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "SIPMariaDB",
            dependencies: ["SIPCore", "SIPAuth", "SIPLocation", "CMariaDB"],
            swiftSettings: strict + [.strictMemorySafety()]),
        .target(
            name: "SIPTesting",
            dependencies: [
                "SIPAuth", "SIPCore", "SIPDNS", "SIPLocation", "SIPProxy", "SIPTransaction",
                "SIPTransport",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "sipd",
            dependencies: [
                "SIPCore", "SIPTransaction", "SIPAuth", "SIPLocation", "SIPDNS", "SIPTransport",
                "SIPProxy", "SIPSQLite", "SIPMariaDB",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SIPCoreTests", dependencies: ["SIPCore"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "SIPTransactionTests", dependencies: ["SIPCore", "SIPTransaction"],
            swiftSettings: strict),
        .testTarget(
            name: "SIPAuthTests", dependencies: ["SIPAuth", "SIPCore"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "SIPLocationTests", dependencies: ["SIPCore", "SIPLocation"],
            swiftSettings: strict),
        .testTarget(
            name: "SIPTransportTests",
            dependencies: [
                "SIPCore", "SIPTransport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SIPSQLiteTests",
            dependencies: [
                "SIPAuth", "SIPCore", "SIPLocation", "SIPSQLite",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SIPProxyTests",
            dependencies: [
                "SIPAuth", "SIPCore", "SIPDNS", "SIPLocation", "SIPProxy", "SIPTransaction",
                "SIPTransport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SipdTests",
            dependencies: [
                "sipd", "SIPCore", "SIPDNS", "SIPLocation", "SIPMariaDB", "SIPTransport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "LoopbackTests",
            dependencies: [
                "sipd", "MariaDBServer", "TestPrograms", "SIPAuth", "SIPCore", "SIPLocation",
                "SIPMariaDB",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ScenarioTests",
            dependencies: [
                "SIPAuth", "SIPCore", "SIPDNS", "SIPLocation", "SIPProxy", "SIPTesting",
                "SIPTransaction", "TestPrograms",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "SIPTestingTests", dependencies: ["SIPProxy", "SIPTesting"],
            swiftSettings: strict),
        // A database server of the tests' own.
        .target(
            name: "MariaDBServer", dependencies: ["SIPMariaDB", "TestPrograms"],
            path: "Tests/MariaDBServer", swiftSettings: strict),
        .testTarget(
            name: "SIPMariaDBTests",
            dependencies: [
                "CMariaDB", "MariaDBServer", "SIPAuth", "SIPCore", "SIPLocation", "SIPMariaDB",
                "TestPrograms",
            ],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "SIPDNSTests", dependencies: ["SIPCore", "SIPDNS", "TestPrograms"],
            swiftSettings: strict),
        .testTarget(
            name: "StreamTests",
            dependencies: [
                "TestPrograms", "SIPAuth", "SIPCore", "SIPLocation", "SIPProxy", "SIPTransport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),
        // Programs that tests run: sipd, phones, tools.
        .target(
            name: "TestPrograms", dependencies: ["CSpawn", "SIPTransport"],
            path: "Tests/TestPrograms", swiftSettings: strict),
        .systemLibrary(name: "CSpawn", path: "Tests/CSpawn"),
        .testTarget(
            name: "PhoneTests", dependencies: ["sipd", "TestPrograms", "SIPTransport"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        // Behind no product: who imports this package does not build it.
        .target(name: "CMeasure", path: "Benchmarks/Sources/CMeasure"),
        .executableTarget(
            name: "bench",
            dependencies: [
                "CMeasure", "SIPAuth", "SIPCore", "SIPLocation", "SIPProxy", "SIPTesting",
                "SIPTransaction",
            ],
            path: "Benchmarks/Sources/bench", swiftSettings: strict),
    ]
)
