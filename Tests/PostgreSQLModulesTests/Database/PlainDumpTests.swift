import Testing

@testable import PostgreSQLModules

private let header = """
    --
    -- PostgreSQL database dump
    --

    \\restrict abc

    -- Dumped from database version 15.18

    SET statement_timeout = 0;
    SELECT pg_catalog.set_config('search_path', '', false);


    """
private let end = "--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n"

private func dump(_ head: String, tail: String = end) -> PlainDump {
    PlainDump(head: Array(head.utf8), tail: Array(tail.utf8))
}

@Suite struct PlainDumpTests {
    @Test func `a dump of one database is loaded as a whole, and must have its end`() {
        #expect(dump(header).kind == .database)
        #expect(dump(header).missingEnd == nil)
        #expect(
            dump(header, tail: "COPY t FROM stdin;\n1\n").missingEnd == "-- PostgreSQL database dump complete"
        )
    }

    @Test func `a dump that creates its database is none for a transaction`() {
        #expect(dump(header + "CREATE DATABASE x;\n\\connect x\n").kind == .creatingDatabases)
        let cluster = dump(
            "--\n-- PostgreSQL database cluster dump\n--\n",
            tail: "-- PostgreSQL database cluster dump complete\n")
        #expect(cluster.kind == .creatingDatabases)
        #expect(cluster.missingEnd == nil)
        // The end of one of its databases is not the end of the file.
        #expect(dump("--\n-- PostgreSQL database cluster dump\n--\n").missingEnd != nil)
    }

    @Test func `a script of somebody's own has no end mark to miss`() {
        let script = dump("CREATE TABLE t (i int);\n", tail: "")
        #expect(script == PlainDump(head: Array("x".utf8), tail: []))
        #expect(script.kind == .script)
    }

    @Test func `the schema public is created only if it is missing`() {
        let before =
            header
            + "--\n-- Name: public; Type: SCHEMA\n--\n\nCREATE SCHEMA app;\nALTER SCHEMA app OWNER TO x;\n"
        let found = dump(before + "CREATE SCHEMA public;\n\nCREATE TABLE t ();\n")
        #expect(found.replacedHead == before + "CREATE SCHEMA public;\n")
        #expect(found.head == before + "CREATE SCHEMA IF NOT EXISTS public;\n")
    }

    @Test(arguments: ["CREATE TABLE t ();\n", "CREATE FUNCTION f() AS $$\n", "COPY t FROM stdin;\n"])
    func `a line of data or of a function is never replaced`(line: String) {
        let found = dump(header + line + "CREATE SCHEMA public;\n")
        #expect(found.replacedHead == "")
        #expect(found.head == "")
    }
}
