final class Table: Sendable {}
