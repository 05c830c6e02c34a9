"""Roles with passwords and table grants by two loops: the first run changes all of it, the second one nothing."""

from cases import CLUSTER, DATABASE, INSIDE, OURS, PEER, sql


def bench_provisioning(bench, count):
    """Milliseconds per item, wall and CPU, by collection and run; ours and the peer's take turns on a clean server."""
    sql(DATABASE, "".join(f"CREATE TABLE bench_table_{index} (n integer);" for index in range(count)))
    print(f"  {'':42}{'wall s':>10}{'CPU s':>10}{'ms per item, wall':>20}{'CPU':>8}")
    results = {}
    for collection in bench.collections:
        for run in ("first run", "second run"):
            wall, cpu, changed = bench.play(f"{collection} {run}", loops(collection, count))
            if changed != (2 if run == "first run" else 0):
                raise SystemExit(f"{collection}, {run}: {changed} loops changed something")
            results[collection, run] = [seconds * 1000 / (2 * count) for seconds in (wall, cpu)]
            wall_ms, cpu_ms = results[collection, run]
            print(f"  {run:20}{collection:22}{wall:10.1f}{cpu:10.1f}{wall_ms:20.1f}{cpu_ms:8.1f}")
        remove(count)
    if PEER in bench.collections:
        for run in ("first run", "second run"):
            ours, theirs = results[OURS, run], results[PEER, run]
            print(f"  {run}: {theirs[0] / ours[0]:.1f} times less wall, {theirs[1] / ours[1]:.1f} times less CPU")
    return results


def loops(collection, count):
    items = {"loop": list(range(count))}
    role = "bench_provisioned_{{ item }}"
    return [
        {"name": "roles", f"{collection}.postgresql_user":
            {**CLUSTER, "name": role, "password": "the password of {{ item }}"}, **items},
        {"name": "grants", f"{collection}.postgresql_privs":
            {**INSIDE, "objs": "bench_table_{{ item }}", "privs": "SELECT", "roles": role}, **items},
    ]


def remove(count):
    names = ", ".join(f"bench_provisioned_{index}" for index in range(count))
    sql(DATABASE, f"DROP OWNED BY {names}; DROP ROLE {names};")
