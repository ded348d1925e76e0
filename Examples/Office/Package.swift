// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Office",
    dependencies: [
        .package(name: "sip-proxy", path: "../.."),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .executableTarget(
            name: "Office",
            dependencies: [
                .product(name: "SIPProxy", package: "sip-proxy"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "OfficeTests",
            dependencies: [
                "Office", .product(name: "SIPTesting", package: "sip-proxy"),
            ]),
    ])
