import SQLClient

@testable import ModuleKit

/// States that are more than "present": settings, languages, renamed databases, published rows.
let rarerConvergenceCases =
    [
        ConvergenceCase(
            module: "postgresql_set", options: ["name": "deadlock_timeout", "value": "1500ms"],
            absent: ["name": "deadlock_timeout", "reset": true], promise: .diff),
        ConvergenceCase(
            module: "postgresql_lang",
            options: ["login_db": .string(TestServer.emptyDatabase("lang") ?? ""), "lang": "plpgsql"],
            absent: ["login_db": "empty_lang", "lang": "plpgsql", "state": "absent"]),
        ConvergenceCase(
            module: "postgresql_db",
            options: [
                "name": .string(TestServer.emptyDatabase("renamed") ?? ""), "state": "rename",
                "target": "empty_new",
            ],
            absent: ["name": "empty_new", "state": "rename", "target": "empty_renamed"], promise: .diff),
        ConvergenceCase(
            module: "postgresql_idx",
            options: [
                "name": "conv_e", "table": "conv_base", "columns": ["(id + 1)"], "cond": "name LIKE 'a%'",
                "concurrent": false,
            ],
            absent: ["name": "conv_e", "state": "absent"], promise: .diff,
            needs: "CREATE TABLE IF NOT EXISTS public.conv_base (id int, name text)"),
    ] + (serverVersion >= 150_000 ? [publishedRows] : [])

/// Conditions and lists of columns came with PostgreSQL 15.
private let publishedRows = ConvergenceCase(
    module: "postgresql_publication",
    options: [
        "name": "conv_rows", "columns": ["conv_filtered": ["id", "n"]],
        "rowfilters": ["conv_filtered": "n LIKE 'x%' AND id > 1 + 1"],
    ],
    absent: ["name": "conv_rows", "state": "absent"], promise: .diff,
    needs: "CREATE TABLE IF NOT EXISTS public.conv_filtered (id int PRIMARY KEY, n varchar, hidden int)")

private let serverVersion = (try? TestServer.current?.session().serverVersion) ?? 0
