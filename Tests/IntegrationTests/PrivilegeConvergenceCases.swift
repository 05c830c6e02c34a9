import SQLClient

@testable import ModuleKit

/// Privileges on every kind of object.
let privilegeConvergenceCases =
    [
        privileges("table", on: "t", "SELECT,UPDATE"), privileges("table", on: "ALL_IN_SCHEMA", "ALL"),
        privileges("sequence", on: "q", "USAGE"), privileges("function", on: "f(int)", "EXECUTE"),
        privileges("procedure", on: "p(int)", "ALL"), privileges("type", on: "ty", "USAGE"),
        privileges("default_privs", on: "TABLES", "SELECT"), privileges("database", on: "postgres", "CREATE"),
        privileges("schema", on: "conv_priv", "ALL"), privileges("language", on: "sql", "USAGE"),
        privileges("tablespace", on: "pg_default", "CREATE"), privileges("group", on: "conv_group", nil),
        privileges("foreign_data_wrapper", on: "conv_wrapper", "ALL"),
        privileges("foreign_server", on: "conv_server", "USAGE"),
    ] + (parametersHavePrivileges ? [privileges("parameter", on: "work_mem", "SET,ALTER_SYSTEM")] : [])

/// They have since PostgreSQL 15.
private let parametersHavePrivileges =
    ((try? TestServer.current?.session().serverVersion) ?? 0) >= 150_000

private let kindsInSchemas = ["table", "sequence", "function", "procedure", "type", "default_privs"]

private func privileges(_ kind: String, on objects: String, _ privileges: String?) -> ConvergenceCase {
    var options: [String: JSONValue] = [
        "type": .string(kind), "objs": .string(objects), "roles": "conv_grantee", "login_db": "postgres",
    ]
    if let privileges { options["privs"] = .string(privileges) }
    if kindsInSchemas.contains(kind) { options["schema"] = "conv_priv" }
    // Else they would be those of whoever logs in.
    if kind == "default_privs" { options["target_roles"] = "postgres" }
    return ConvergenceCase(
        module: "postgresql_privs", options: options, absent: options.merging(["state": "absent"]) { $1 },
        needs: privilegeObjects)
}

private let privilegeObjects: SQLStatement = """
    DO $$ BEGIN
        CREATE ROLE conv_grantee;
        CREATE ROLE conv_group;
        CREATE FOREIGN DATA WRAPPER conv_wrapper;
        CREATE SERVER conv_server FOREIGN DATA WRAPPER conv_wrapper;
        CREATE SCHEMA conv_priv;
        CREATE TABLE conv_priv.t (id int);
        CREATE SEQUENCE conv_priv.q;
        CREATE TYPE conv_priv.ty AS (id int);
        CREATE FUNCTION conv_priv.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE PROCEDURE conv_priv.p(int) LANGUAGE sql AS 'SELECT 1';
    EXCEPTION WHEN duplicate_object THEN NULL;
    END $$
    """
