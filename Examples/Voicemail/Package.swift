// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Voicemail",
    dependencies: [
        .package(name: "sip-proxy", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "Voicemail",
            dependencies: [
                .product(name: "SIPProxy", package: "sip-proxy")
            ]),
        .testTarget(
            name: "VoicemailTests",
            dependencies: [
                "Voicemail", .product(name: "SIPTesting", package: "sip-proxy"),
            ]),
    ])
