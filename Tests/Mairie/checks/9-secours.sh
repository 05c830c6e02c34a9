# Switchover, failover and minor upgrade on a primary and its standby: killed in each step, taken back, refused.
if ! runbooks_are_built; then return 0; fi
programs=${VIGIE_TEST_PGBIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)}
newest=$("$programs/postgres" --version | sed -nE 's/^postgres \(PostgreSQL\) ([0-9]+\.[0-9]+).*/\1/p')
if ! older=$(older_programs "$work/older"); then
    skip "switchover, failover, minor upgrade" "programs of $newest cannot play the minor version before"
    return 0
fi
chmod 755 "$work"  # the servers' user enters it

new_primary a
on a "CREATE TABLE ecriture (n int PRIMARY KEY, ou text NOT NULL)" > /dev/null
new_standby b a
writes=0
# write NODE: one more row; rows NODE: how many it has.
write() {
    writes=$((writes + 1))
    on "$1" "INSERT INTO ecriture VALUES ($writes, '$1')" > /dev/null
}
rows() { on "$1" 'SELECT count(*) FROM ecriture'; }
roles() { echo "$(role_of a) $(role_of b)"; }
stops() { logged "$1" 'received fast shutdown request'; }
promotions() { logged "$1" 'received promote request'; }

# MARK: bascule-planifiee

switchover=runbooks/bascule-planifiee.yml
# from_to PRIMARY STANDBY: the arguments of a switchover.
from_to() {
    arguments=(-p primaire_hote="$work/$1/socket" -p secours_hote="$work/$2/socket" -p primaire_donnees="$work/$1/data"
        -p primaire_binaires="$programs" -p primaire_acces="$work/$1/acces" -p primaire_controle="$work/$1/controle"
        -p lien_retour="$(link_to "$2")" -p confirmation=false)
}
write a
follows b a
from_to a b
planned "$switchover" "${arguments[@]}"
from_to b a
run_once "$switchover" "${arguments[@]}"
expect "a standby taken for the primary is refused" "1|primary standby" "$status|$(roles)"
from_to a b
given lien_retour="$(link_to a) password=x"
run_once "$switchover" "${changed[@]}"
expect "a password in the link is refused" "1|primary standby|0" "$status|$(roles)|$(records intent controle_primaire)"
given lien_retour="host=$work/nothing port=5432 user=postgres"
run_once "$switchover" "${changed[@]}"
expect "a link that leads nowhere is refused while everything runs" "1|primary standby|0" "$status|$(roles)|$(stops a)"
on a "SELECT pg_create_physical_replication_slot('oublie')" > /dev/null
run_once "$switchover" "${arguments[@]}"
expect "a slot that would stay behind is refused" "1|primary standby|0" "$status|$(roles)|$(stops a)"
on a "SELECT pg_drop_replication_slot('oublie')" > /dev/null
given confirmation=true
run_once "$switchover" "${changed[@]}"
expect "a person decides the cut" "4|0" "$status|$(stops a)"
"$runbook" attest "$(the_run)" decision --choice renoncer > /dev/null 2>&1 || true
status=0
"$runbook" resume --lang en "$(the_run)" > "$work/run.log" 2>&1 < /dev/null || status=$?
expect "a person who gives up leaves everything as it was" "6|primary standby|0" "$status|$(roles)|$(stops a)"

killed_all_along "$switchover" "${arguments[@]}"
expect "switched over: one stop, one promotion" "0|standby primary|1|1" "$status|$(roles)|$(stops a)|$(promotions b)"
died_everywhere "switchover" "$switchover"
write b
follows a b
expect "no row is lost, the old primary follows the new one" "$writes|$writes" "$(rows b)|$(rows a)"

# Back again, but given up when the primary is stopped already: it is started again, and the standby stays one.
from_to b a
killed_all_along --until fin_du_journal "$switchover" "${arguments[@]}"
expect "stopped, not promoted yet" "standby silent" "$(roles)"
verb_options='--reason essai' killed_on rollback
expect "a switchover that is given up starts the primary again" "6|standby primary|0" "$status|$(roles)|$(promotions a)"
write b
follows a b
expect "and its standby follows it" "$writes" "$(rows a)"

# MARK: mise-a-jour-mineure

upgrade=runbooks/mise-a-jour-mineure.yml
mkdir "$work/recent"
printf '{"status": "complete", "time": {"stop": "%s"}}\n' "$(date -u '+%Y-%m-%d %H:%M:%SZ')" > "$work/recent/manifest.json"
mkdir "$work/stale"
printf '{"status": "complete", "time": {"stop": "2001-01-01 00:00:00Z"}}\n' > "$work/stale/manifest.json"
standby_alone=(-p version="$newest" -p sauvegarde="$work/recent" -p confirmation=false -p primaire_hote="$work/b/socket"
    -p primaire_acces="$work/b/acces" -p primaire_controle="$work/b/controle" -p primaire_installation="$work/b/installe"
    -p primaire_binaires="$work/b/programs")
arguments=("${standby_alone[@]}" -p secours_hote="$work/a/socket" -p secours_acces="$work/a/acces"
    -p secours_controle="$work/a/controle" -p secours_installation="$work/a/installe" -p secours_binaires="$work/a/programs")
versions() { echo "$(on a 'SHOW server_version' | cut -d ' ' -f 1) $(on b 'SHOW server_version' | cut -d ' ' -f 1)"; }
starts() { logged "$1" "starting PostgreSQL $newest"; }
expect "both servers are of the version before" "$older $older" "$(versions)"
planned "$upgrade" "${arguments[@]}"
run_once "$upgrade" "${standby_alone[@]}"
expect "a standby that was not named is found, and nothing begun" "1|$older $older" "$status|$(versions)"
given sauvegarde="$work/stale"
run_once "$upgrade" "${changed[@]}"
expect "without a recent backup nothing begins" "1|$older $older|0" "$status|$(versions)|$(records intent installer_secours)"
given version="$((${newest%%.*} + 1)).1"
run_once "$upgrade" "${changed[@]}"
expect "another major version is refused" "1|$older $older" "$status|$(versions)"
killed_all_along "$upgrade" "${arguments[@]}"
expect "both upgraded, each installed and restarted once" "0|$newest $newest|1 1|1 1" \
    "$status|$(versions)|$(wc -l < "$work/a/installed") $(wc -l < "$work/b/installed")|$(starts a) $(starts b)"
died_everywhere "minor upgrade" "$upgrade"
write b
follows a b
expect "the roles stay, and the standby follows" "standby primary|$writes" "$(roles)|$(rows a)"
run_once "$upgrade" "${arguments[@]}"
expect "a second upgrade finds nothing to do" "0|1 1|already already" \
    "$status|$(starts a) $(starts b)|$(sed -nE 's/.*"kind":"(already)","step":"redemarrer_.*/\1/p' "$(journal)" | xargs)"

# MARK: promotion-secours

failover=runbooks/promotion-secours.yml
arguments=(-p primaire_hote="$work/b/socket" -p secours_hote="$work/a/socket" -p sondes=2 -p intervalle=0
    -p isolement="$work/b/isole")
planned "$failover" "${arguments[@]}"
run_once "$failover" "${arguments[@]}"
expect "while the primary answers, a person is asked" "4|standby primary|0" "$status|$(roles)|$(records intent isoler)"
"$runbook" attest "$(the_run)" decision --choice promouvoir --evidence motif=essai > /dev/null 2>&1 || true
status=0
"$runbook" resume --lang en "$(the_run)" > "$work/run.log" 2>&1 < /dev/null || status=$?
expect "a primary that was not really isolated is found, and nobody promoted" "1|standby primary|3|0" \
    "$status|$(roles)|$(records failed primaire_muet)|$(promotions a)"
run_once "$failover" "${arguments[@]}"
"$runbook" attest "$(the_run)" decision --choice renoncer --evidence motif=essai > /dev/null 2>&1 || true
status=0
"$runbook" resume --lang en "$(the_run)" > "$work/run.log" 2>&1 < /dev/null || status=$?
expect "a person who gives up leaves everything as it was" "1|standby primary|0" "$status|$(roles)|$(promotions a)"

write b
follows a b
control b -m immediate stop
rm "$work/b/isolated"
run_once "$failover" "${arguments[@]}" -p perte_max=1ms
expect "more loss than was allowed asks a person, although nothing answers" "4|0" "$status|$(records intent isoler)"
given isolement=
run_once "$failover" "${changed[@]}" -p perte_max=1h
expect "without a command a person vouches for the isolation" "4|0" "$status|$(records intent promouvoir)"
"$runbook" attest "$(the_run)" attester_isolement --choice impossible --evidence moyen=essai > /dev/null 2>&1 || true
status=0
"$runbook" resume --lang en "$(the_run)" > "$work/run.log" 2>&1 < /dev/null || status=$?
expect "no isolation, no promotion" "1|standby silent|0" "$status|$(roles)|$(promotions a)"
killed_all_along "$failover" "${arguments[@]}" -p perte_max=1h
expect "the primary lost: isolated once, promoted once, no row lost" "0|primary silent|1|1|$writes" \
    "$status|$(roles)|$(wc -l < "$work/b/isolated")|$(promotions a)|$(rows a)"
died_everywhere "failover" "$failover"
expect "nothing was left for a person to decide" 0 "$(records done decision)"

# MARK: no two primaries

# A switchover that is given up behind the promotion: the old primary stays down.
drop_data b
new_standby b a
write a
follows b a
stopped_before=$(stops a)
from_to a b
killed_all_along --until promouvoir "$switchover" "${arguments[@]}"
verb_options='--reason essai' killed_on rollback
expect "behind the promotion nothing is taken back: never two primaries" "7|silent primary|$((stopped_before + 1))|$writes" \
    "$status|$(roles)|$(stops a)|$(rows b)"
stop_pair
