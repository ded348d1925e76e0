// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "EmbeddedInAServer",
    dependencies: [
        .package(name: "sip-proxy", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    ],
    targets: [
        .executableTarget(
            name: "EmbeddedInAServer",
            dependencies: [
                .product(name: "SIPProxy", package: "sip-proxy"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ]),
        .testTarget(
            name: "EmbeddedInAServerTests",
            dependencies: [
                "EmbeddedInAServer", .product(name: "SIPTesting", package: "sip-proxy"),
            ]),
    ])
