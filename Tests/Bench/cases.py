"""What each module is asked for: a task that leaves nothing to change, with the same options for ours and the peer's."""

import os
import shutil
import subprocess

OURS, PEER = "vigie.dba", "community.postgresql"
DATABASE, LOGIN, GROUP, ROLE = "vigie_bench", "vigie_bench_login", "vigie_bench_group", "vigie_bench_role"
PASSWORD = "what it was before"
HOST, PORT = os.environ["VIGIE_TEST_PGHOST"], int(os.environ["VIGIE_TEST_PGPORT"])
SERVER = {"login_unix_socket": HOST, "login_port": PORT, "login_user": LOGIN}
CLUSTER = {**SERVER, "login_db": "postgres"}
INSIDE = {**SERVER, "login_db": DATABASE}

# A login role of its own: its lines in the server's log are those of the modules.
CLUSTER_SQL = f"""
CREATE ROLE {LOGIN} SUPERUSER LOGIN;
CREATE ROLE {GROUP};
CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}';
GRANT {GROUP} TO {ROLE};
ALTER SYSTEM SET work_mem = '5MB';
SELECT pg_reload_conf();
CREATE DATABASE {DATABASE} OWNER {GROUP};
CREATE TABLESPACE bench_space OWNER {GROUP} LOCATION '%(space)s';
SELECT pg_create_physical_replication_slot('bench_slot');
"""
DATABASE_SQL = f"""
CREATE SCHEMA bench AUTHORIZATION {GROUP};
CREATE TABLE bench_table (id integer PRIMARY KEY, note text);
CREATE INDEX bench_index ON bench_table (note);
CREATE SEQUENCE bench_sequence;
ALTER TABLE bench_table OWNER TO {GROUP};
ALTER SEQUENCE bench_sequence OWNER TO {GROUP};
GRANT SELECT ON bench_table TO {ROLE};
CREATE PUBLICATION bench_publication FOR TABLE bench_table;
CREATE SUBSCRIPTION bench_subscription
    CONNECTION 'host={HOST} port={PORT} user={LOGIN} dbname={DATABASE}'
    PUBLICATION bench_publication
    WITH (connect = false, slot_name = NONE);
"""

# Their answer is always "changed".
ALWAYS_CHANGED = {"copy", "script"}

# One session for each database, a statement for each kind of fact.
MANY_STATEMENTS = {"info"}


def cases(work):
    """Options by module, without the prefix `postgresql_`."""
    connection = {"host": HOST, "port": str(PORT), "user": LOGIN, "dbname": DATABASE}
    return {
        "alter_system": {**CLUSTER, "param": "work_mem", "value": "5MB"},
        "copy": {**INSIDE, "copy_to": "/dev/null", "src": "bench_table"},
        "db": {**SERVER, "name": DATABASE, "owner": GROUP},
        "ext": {**INSIDE, "name": "plpgsql"},
        "idx": {**INSIDE, "idxname": "bench_index", "table": "bench_table", "columns": ["note"]},
        "info": CLUSTER,
        "membership": {**CLUSTER, "groups": [GROUP], "target_roles": [ROLE]},
        "owner": {**INSIDE, "obj_name": "bench_table", "obj_type": "table", "new_owner": GROUP},
        "pg_hba": {"dest": f"{work}/pg_hba.conf", "contype": "local", "method": "trust"},
        "ping": CLUSTER,
        "privs": {**INSIDE, "objs": "bench_table", "privs": "SELECT", "roles": ROLE},
        "publication": {**INSIDE, "name": "bench_publication", "tables": ["bench_table"]},
        "query": {**INSIDE, "query": "SELECT 1"},
        "schema": {**INSIDE, "name": "bench", "owner": GROUP},
        "script": {**INSIDE, "path": f"{work}/script.sql"},
        "sequence": {**INSIDE, "sequence": "bench_sequence", "owner": GROUP},
        "set": {**CLUSTER, "name": "work_mem", "value": "5MB"},
        "slot": {**CLUSTER, "name": "bench_slot"},
        "subscription": {
            **INSIDE, "name": "bench_subscription", "publications": ["bench_publication"], "connparams": connection,
        },
        "table": {**INSIDE, "table": "bench_table", "owner": GROUP},
        "tablespace": {**CLUSTER, "tablespace": "bench_space", "location": f"{work}/space", "owner": GROUP},
        "user": {**CLUSTER, "name": ROLE, "password": PASSWORD},
        "user_obj_stat_info": INSIDE,
    }


def prepare(work):
    """Makes what the tasks find."""
    space = f"{work}/space"
    os.mkdir(space, mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(space, "postgres")
    with open(f"{work}/pg_hba.conf", "w", encoding="utf-8") as file:
        file.write("local\tall\tall\ttrust\n")
    with open(f"{work}/script.sql", "w", encoding="utf-8") as file:
        file.write("SELECT 1;\n")
    sql("postgres", CLUSTER_SQL % {"space": space})
    sql(DATABASE, DATABASE_SQL)


def sql(database, text):
    """Runs a script as superuser."""
    done = subprocess.run(
        [f"{os.environ['VIGIE_TEST_PGBIN']}/psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--host={HOST}",
         f"--port={PORT}", "--username=postgres", f"--dbname={database}"],
        input=text, capture_output=True, text=True, check=False,
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr)
