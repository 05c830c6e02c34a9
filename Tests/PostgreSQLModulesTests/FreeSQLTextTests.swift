import Testing

@testable import PostgreSQLModules

struct FreeSQLTextTests {
    @Test(arguments: [
        ("COMMIT", "COMMIT"), ("SELECT 1; commit ; SELECT 2", "COMMIT"), ("-- c\n /* x; */ End;", "END"),
        ("INSERT INTO t VALUES (';'); ABORT WORK", "ABORT"), ("ROLLBACK AND CHAIN", "ROLLBACK"),
        ("SAVEPOINT s; ROLLBACK TO s; ROLLBACK", "ROLLBACK"),
        ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION"),
        ("COMMIT PREPARED 'x'", "COMMIT"), (";;COMMIT", "COMMIT"),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; COMMIT",
            "COMMIT"
        ),
        ("SELECT E'\\''; COMMIT; --'", "COMMIT"),
    ])
    func `what ends the transaction is found`(text: String, words: String) {
        #expect(FreeSQLText.transactionEnd(in: text) == words)
    }

    @Test(arguments: [
        "", "SELECT 1", "SELECT ';COMMIT;'", "SELECT $a$; COMMIT; $a$", "SELECT \"x; COMMIT\" FROM t",
        "-- ; COMMIT",
        "/* ; /* COMMIT */ ; COMMIT */ SELECT 1", "SAVEPOINT s; ROLLBACK WORK TO SAVEPOINT s",
        "PREPARE p AS SELECT 1",
        "DO $$ BEGIN NULL; END $$", "COMMENT ON TABLE t IS 'x'", "SELECT 1 AS commit", "\"commit\"",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$", "BEGIN; SELECT 1",
    ])
    func `what does not is left alone`(text: String) {
        #expect(FreeSQLText.transactionEnd(in: text) == nil)
    }

    @Test(arguments: [
        ("CREATE TABLE t AS SELECT 1", true), ("SELECT 1; CREATE TEMP TABLE t AS TABLE u", true),
        ("SELECT 1 AS one INTO t", true), ("WITH x AS (SELECT 1) SELECT * INTO t FROM x", true),
        ("SELECT 1", false), ("SELECT (SELECT 1 AS \"into\") AS a", false), ("SELECT 'into t'", false),
        ("INSERT INTO t VALUES (1)", false),
        ("WITH x AS (INSERT INTO t VALUES (1) RETURNING 1) TABLE x", false),
        ("", false),
    ])
    func `a table out of a SELECT is seen`(text: String, makes: Bool) {
        #expect(FreeSQLText.makesTable(text) == makes)
    }
}
