# Switchover, failover and minor upgrade on a primary and its standby: killed in each step, taken back, refused.
if ! runbooks_are_built; then return 0; fi
programs=${VIGIE_TEST_PGBIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)}
mkdir "$pair"
chmod 755 "$work" "$pair"  # the servers' user enters them
two_minors

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
    arguments=(-p primaire_hote="$pair/$1/socket" -p secours_hote="$pair/$2/socket" -p primaire_donnees="$pair/$1/data"
        -p primaire_binaires="$programs" -p primaire_acces="$pair/$1/acces" -p primaire_controle="$pair/$1/controle"
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
given lien_retour="host=$pair/nothing port=5432 user=postgres"
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

# Both hosts behind a real ssh, there and back. The first stop is heard of by nobody: its connection is cut once it is done.
# by_ssh PRIMARY STANDBY: the arguments of a switchover.
by_ssh() {
    from_to "$1" "$2"
    given primaire_acces="$ssh_to pg-$1" primaire_controle="$ssh_to pg-$1 $pair/$1/controle-ssh"
    arguments=("${changed[@]}")
}
if open_ssh > "$work/refusal"; then
    for node in a b; do
        cat > "$pair/$node/controle-ssh" << END
#!/bin/sh
$pair/$node/programs/pg_ctl -D $pair/$node/data -l $pair/$node/server.log -w -t 60 "\$@" < /dev/null || exit
if [ "\$1" = stop ] && rm $pair/$node/cut 2> /dev/null; then kill -9 \$PPID; fi
END
        chmod 755 "$pair/$node/controle-ssh"
    done
    : > "$pair/b/cut"
    stops_before=$(stops b)
    by_ssh b a
    run_once "$switchover" "${arguments[@]}"
    expect "switched over by ssh, which was cut behind the stop: the stop is found, not repeated" \
        "0|primary standby|1|1|$((stops_before + 1))" \
        "$status|$(roles)|$(records resolution arreter_primaire)|$(records started arreter_primaire run)|$(stops b)"
    write a
    follows b a
    by_ssh a b
    killed_all_along "$switchover" "${arguments[@]}"
    expect "and back, killed all along" "0|standby primary" "$status|$(roles)"
    died_everywhere "switchover by ssh" "$switchover"
    write b
    follows a b
    expect "no row is lost on the way" "$writes|$writes" "$(rows b)|$(rows a)"
else
    skip "switchover by ssh" "$(cat "$work/refusal")"
fi

# MARK: mise-a-jour-mineure

if [ "$older" = "$newest" ]; then
    skip "minor upgrade" "there is no minor version before $newest"
else
    . Tests/Mairie/upgrade.sh
fi

# MARK: promotion-secours

failover=runbooks/promotion-secours.yml
promoted_before=$(promotions a)
promoted_now() { echo $(($(promotions a) - promoted_before)); }
arguments=(-p primaire_hote="$pair/b/socket" -p secours_hote="$pair/a/socket" -p sondes=2 -p intervalle=0
    -p isolement="$pair/b/isole")
planned "$failover" "${arguments[@]}"
run_once "$failover" "${arguments[@]}"
expect "while the primary answers, a person is asked" "4|standby primary|0" "$status|$(roles)|$(records intent isoler)"
"$runbook" attest "$(the_run)" decision --choice promouvoir --evidence motif=essai > /dev/null 2>&1 || true
status=0
"$runbook" resume --lang en "$(the_run)" > "$work/run.log" 2>&1 < /dev/null || status=$?
expect "a primary that was not really isolated is found, and nobody promoted" "1|standby primary|3|0" \
    "$status|$(roles)|$(records failed primaire_muet)|$(promoted_now)"
run_once "$failover" "${arguments[@]}"
"$runbook" attest "$(the_run)" decision --choice renoncer --evidence motif=essai > /dev/null 2>&1 || true
status=0
"$runbook" resume --lang en "$(the_run)" > "$work/run.log" 2>&1 < /dev/null || status=$?
expect "a person who gives up leaves everything as it was" "1|standby primary|0" "$status|$(roles)|$(promoted_now)"

write b
follows a b
control b -m immediate stop
rm -f "$pair/b/isolated"
run_once "$failover" "${arguments[@]}" -p perte_max=1ms
expect "more loss than was allowed asks a person, although nothing answers" "4|0" "$status|$(records intent isoler)"
given isolement=
run_once "$failover" "${changed[@]}" -p perte_max=1h
expect "without a command a person vouches for the isolation" "4|0" "$status|$(records intent promouvoir)"
"$runbook" attest "$(the_run)" attester_isolement --choice impossible --evidence moyen=essai > /dev/null 2>&1 || true
status=0
"$runbook" resume --lang en "$(the_run)" > "$work/run.log" 2>&1 < /dev/null || status=$?
expect "no isolation, no promotion" "1|standby silent|0" "$status|$(roles)|$(promoted_now)"
killed_all_along "$failover" "${arguments[@]}" -p perte_max=1h
expect "the primary lost: isolated once, promoted once, no row lost" "0|primary silent|1|1|$writes" \
    "$status|$(roles)|$(wc -l < "$pair/b/isolated")|$(promoted_now)|$(rows a)"
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
promoted_before=$(promotions b)
killed_all_along --until tout_recu "$switchover" "${arguments[@]}"
doubtful_life
killed_on resume promouvoir
expect "a promotion whose end nobody saw is looked for, not repeated" "1|$((promoted_before + 1))|silent primary" \
    "$(records doubt promouvoir)|$(promotions b)|$(roles)"
verb_options='--reason essai' killed_on rollback
expect "behind the promotion nothing is taken back: never two primaries" "7|silent primary|$((stopped_before + 1))|$writes" \
    "$status|$(roles)|$(stops a)|$(rows b)"
stop_pair
