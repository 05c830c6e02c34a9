import Testing

@testable import PostgreSQLModules

struct TransactionEndTests {
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
        #expect(TransactionEnd.first(in: text) == words)
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
        #expect(TransactionEnd.first(in: text) == nil)
    }
}
