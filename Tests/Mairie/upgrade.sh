# Sourced by checks/9-secours.sh: the minor upgrade of the pair, whose primary is b by now.
upgrade=runbooks/mise-a-jour-mineure.yml
mkdir "$work/recent"
printf '{"status": "complete", "time": {"stop": "%s"}}\n' "$(date -u '+%Y-%m-%d %H:%M:%SZ')" > "$work/recent/manifest.json"
mkdir "$work/stale"
printf '{"status": "complete", "time": {"stop": "2001-01-01 00:00:00Z"}}\n' > "$work/stale/manifest.json"
standby_alone=(-p version="$newest" -p sauvegarde="$work/recent" -p confirmation=false -p primaire_hote="$pair/b/socket"
    -p primaire_acces="$pair/b/acces" -p primaire_controle="$pair/b/controle" -p primaire_installation="$pair/b/installe"
    -p primaire_binaires="$pair/b/programs")
arguments=("${standby_alone[@]}" -p secours_hote="$pair/a/socket" -p secours_acces="$pair/a/acces"
    -p secours_controle="$pair/a/controle" -p secours_installation="$pair/a/installe" -p secours_binaires="$pair/a/programs")
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
    "$status|$(versions)|$(wc -l < "$pair/a/installed") $(wc -l < "$pair/b/installed")|$(starts a) $(starts b)"
died_everywhere "minor upgrade" "$upgrade"
write b
follows a b
expect "the roles stay, and the standby follows" "standby primary|$writes" "$(roles)|$(rows a)"
run_once "$upgrade" "${arguments[@]}"
expect "a second upgrade finds nothing to do" "0|1 1|already already" \
    "$status|$(starts a) $(starts b)|$(sed -nE 's/.*"kind":"(already)","step":"redemarrer_.*/\1/p' "$(journal)" | xargs)"

