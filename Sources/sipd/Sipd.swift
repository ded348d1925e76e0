@main struct Sipd { static func main() {} }
