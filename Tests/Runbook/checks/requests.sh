# Steps that wait, that ask a server, and that send word: against a small server of our own.

token='j3t0n/secret+du "test'
open_server() {
    python3 "$tests/server.py" "$here/port" "$here/requests" "$here/ready" "$token" 2> "$here/server.log" &
    server=$!
    until_true 20 test -s "$here/port" || miss "the test's server" "$(cat "$here/server.log")"
    url=http://127.0.0.1:$(cat "$here/port")
}
close_server() { { kill "$server"; wait "$server" || true; } 2> /dev/null; }
requests() {
    cut -d ' ' -f 1,2 "$here/requests" 2> /dev/null | sort | uniq -c | awk '{printf "%s%s %s×%s", sep, $2, $3, $1; sep = ", "}'
}

# MARK: Requests

begin_case
open_server
doc=$(document << END
steps:
  - {id: get, http: {url: "$url/status/200"}}
  - {id: head, http: {url: "$url/status/204", method: HEAD}}
  - {id: expected, http: {url: "$url/status/404", expect: [404, 410]}}
  - id: send
    http: {url: "$url/echo", method: POST, headers: {X-Essai: "né à \${{ run.runbook_ }}"}, body: '{"nom": "été \\ 1"}'}
    outputs: {body: {type: string}}
  - {id: read, http: {url: "$url/status/200"}, outputs: {body: {type: int}}, verify: outputs.body == 17}
END
)
sed -i 's/né à ${{ run.runbook_ }}/abc/' "$doc"
rb run "$doc"
exits "requests that are answered as expected" 0
equal "each once" "GET /status/200×2, GET /status/404×1, HEAD /status/204×1, POST /echo×1" "$(requests)"
if grep -qF 'POST /echo abc {"nom": "été \ 1"}' "$here/requests"; then pass; else miss "headers and body" "$(cat "$here/requests")"; fi
close_server
end_case

begin_case
open_server
doc=$(document << END
steps:
  - {id: get, http: {url: "$url/status/500"}, retry: {max: 2, on: [500]}}
END
)
sed -i 's/, on: \[500\]//' "$doc"
rb run "$doc"
exits "an answer that was not expected" 1
shows "its status is the reason" "HTTP status 500"
equal "what only reads is tried again as declared" "GET /status/500×3" "$(requests)"
close_server
end_case

# The request may have arrived, and nobody answered.
begin_case
open_server
doc=$(document << END
steps:
  - {id: send, http: {url: "$url/cut", method: POST, body: x}}
  - {id: after, run: 'echo after >> "\$MARKS/effects"'}
END
)
rb run "$doc"
exits "a POST whose answer was lost is in doubt" 3
rb resume "$(the_run)"
exits "it stays so" 3
equal "it is not sent again" "POST /cut×1" "$(requests)"
rb resolve "$(the_run)" send --done --reason essai
rb resume "$(the_run)"
exits "a person knows" 0
equal "it was sent once" "POST /cut×1 after×1" "$(requests) $(marked)"
close_server
end_case

begin_case
open_server
doc=$(document << END
steps:
  - {id: get, http: {url: "$url/cut"}, on_error: continue}
  - {id: same, effect: idempotent, http: {url: "$url/cut", method: PUT}, on_error: continue}
END
)
rb run "$doc"
exits "an idempotent request is repeated, and not for ever" 3
equal "as often as doubt allows" "GET /cut×1, PUT /cut×3" "$(requests)"
close_server
doc=$(document closed << END
steps: [{id: send, http: {url: "$url/echo", method: POST}}]
END
)
rb run "$doc"
exits "a POST that could not be sent is a plain failure" 1
end_case

# The token is in the environment and nowhere else.
begin_case
open_server
doc=$(document << END
secrets: {jeton: {from: env, name: ESSAI_JETON, as: JETON}}
steps:
  - {id: get, http: {url: "$url/secret", bearer: jeton}}
  - {id: wrong, http: {url: "$url/secret"}, on_error: continue}
  - {id: echo, http: {url: "$url/echo", method: POST, bearer: jeton, body: 'x'}}
  - {id: wait, wait: {http: {url: "$url/secret", bearer: jeton}, for: 5s}}
END
)
ESSAI_JETON=$token rb run "$doc"
exits "a request with a bearer token" 0
shows "without the token it is refused" "HTTP status 401"
if grep -rlF -- "$token" "$RUNBOOK_STATE_DIR" "$out" > "$here/leaks"; then miss "the token is in no file" "$(cat "$here/leaks")"; else pass; fi
if grep -rlF -- 'secret+du' "$RUNBOOK_STATE_DIR" "$out" > "$here/leaks"; then miss "nor is a part of it" "$(cat "$here/leaks")"; else pass; fi
close_server
end_case

http_killed_at() {
    local k=$1
    begin_case
    open_server
    local doc
    doc=$(document << END
steps:
  - {id: send, http: {url: "$url/echo", method: POST, body: essai}, outputs: {body: {type: string}}, verify: outputs.body == 'essai'}
  - {id: wait, wait: {http: {url: "$url/status/200"}, for: 5s}}
END
    )
    rb_at "$k" run "$doc"
    [ "$status" = 137 ] || miss "a request killed at $k" "exit $status"
    rb resume "$(the_run)"
    if [ "$status" = 2 ] && grep -q 'was never opened\|no run' "$out"; then
        rm -rf -- "$RUNBOOK_STATE_DIR"
        rb run "$doc"
    fi
    exits "a request killed at $k, resumed" 0
    equal "a request killed at $k: sent once" 1 "$(grep -c '^POST' "$here/requests")"
    close_server
    end_case
}
begin_case
open_server
doc=$(document << END
steps:
  - {id: send, http: {url: "$url/echo", method: POST, body: essai}, outputs: {body: {type: string}}, verify: outputs.body == 'essai'}
  - {id: wait, wait: {http: {url: "$url/status/200"}, for: 5s}}
END
)
total=$(points run "$doc")
close_server
end_case
in_parallel "$total" http_killed_at
told requests "$total points of a POST and a wait, killed at each: sent once"

# MARK: Waits

begin_case
open_server
doc=$(document << END
steps:
  - {id: server, wait: {http: {url: "$url/ready"}, every: 100ms, for: 20s}}
  - {id: file, wait: {run: 'echo look >> "\$MARKS/looks"; [ \$(wc -l < "\$MARKS/looks") -ge 3 ]', every: 100ms, for: 20s}}
  - {id: program, wait: {argv: [test, -e, "$marks/looks"], for: 1s}}
  - {id: row, wait: {sql: {query: "SELECT 1 FROM mark WHERE name = 'waited'"}, every: 100ms, for: 20s}}
  - {id: pause, wait: {for: 300ms}}
  - {id: past, wait: {until: run.started_at}}
  - {id: after, run: 'echo after >> "\$MARKS/effects"'}
END
)
sql "TRUNCATE mark"
"$RUNBOOK" run "$doc" > "$out" 2>&1 < /dev/null &
running=$!
until_true 20 grep -q ready "$here/requests" || miss "the wait looks"
touch "$here/ready"
until_true 20 test -e "$marks/looks" || miss "the wait for the server ends"
sleep 0.4
sql "INSERT INTO mark VALUES ('waited')"
status=0
wait $running || status=$?
exits "every kind of wait" 0
equal "it looked until it was so" "3 after×1" "$(wc -l < "$marks/looks") $(marked)"
close_server
end_case

begin_case
doc=$(document << 'END'
steps:
  - {id: never, wait: {run: 'exit 1', every: 100ms, for: 300ms}, on_error: continue}
  - {id: broken, wait: {run: 'exit 3', every: 100ms, for: 300ms}, on_error: continue}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "waits that end" 0
shows "nothing came" 'not within 300ms'
equal "the run goes on as declared" "after×1" "$(marked)"
end_case

begin_case
doc=$(document << 'END'
steps:
  - {id: date, wait: {until: run.started_at + 2s}}
  - {id: after, run: 'echo after >> "$MARKS/effects"'}
END
)
rb run "$doc"
exits "a moment that has not come suspends the run" 4
shows "it says until when" 'date does not happen before 20'
rb resume "$(the_run)"
exits "not yet" 4
rb status "$(the_run)"
shows "status says until when" 'not before 20'
sleep 2.1
rb resume "$(the_run)"
exits "the moment has come" 0
equal "the run went on" "after×1" "$(marked)"
end_case

# The time of a wait counts from its first look, also for the executor behind a kill.
begin_case
doc=$(document << 'END'
steps: [{id: never, wait: {run: 'echo look >> "$MARKS/looks"; exit 1', every: 100ms, for: 1500ms}}]
END
)
"$RUNBOOK" run "$doc" > "$here/first" 2>&1 < /dev/null &
running=$!
until_true 20 test -s "$marks/looks" || miss "the wait looks"
{ kill -9 $running; wait $running || true; } 2> /dev/null
sleep 1.5
begun=$(date +%s%N)
rb resume "$(the_run)"
exits "a wait that was killed ends by itself" 1
took=$((($(date +%s%N) - begun) / 1000000))
if [ $took -lt 1400 ]; then pass; else miss "its time goes on while nobody looks" "$took ms"; fi
end_case
told requests "waits for a server, a program, a row, a pause and a moment"

# MARK: Word to people

begin_case
open_server
mkdir "$here/bin"
cat > "$here/bin/sendmail" << 'END'
#!/bin/sh
{ echo "arguments: $*"; cat; } >> "$MARKS/mail"
END
chmod +x "$here/bin/sendmail"
doc=$(document << END
steps:
  - {id: one, run: 'exit 1', on_error: stop}
finally:
  - id: word
    notify: {mail: [dba@mairie.example, "chef@mairie.example"], webhook: "$url/echo", subject: "Purge : \${{ run.result }} — été", attach: report.html}
  - {id: plain, notify: {mail: dba@mairie.example}}
  - {id: nobody, notify: {mail: "pas une adresse"}}
END
)
PATH=$here/bin:$PATH rb run "$doc"
exits "word of a run that was stopped" 1
equal "two mails" "2" "$(grep -c '^arguments: -oi -t' "$marks/mail")"
python3 - "$marks/mail" "$(the_run)" > "$here/found" 2>&1 << 'END' || true
import email, email.header, email.policy, sys
texts = open(sys.argv[1]).read().split("arguments: -oi -t\n")[1:]
first = email.message_from_string(texts[0], policy=email.policy.default)
parts = list(first.iter_parts())
print(first["To"], first["Subject"], sep="|")
print(parts[0].get_content_type(), sys.argv[2] in parts[0].get_content(), sep="|")
print(parts[1].get_content_type(), parts[1].get_filename() == sys.argv[2] + "-report.html", "<html" in parts[1].get_content(), sep="|")
second = email.message_from_string(texts[1], policy=email.policy.default)
print(second["Subject"], "word" in second.get_content(), sep="|")
END
equal "they are mails that a program reads" \
    "dba@mairie.example, chef@mairie.example|Purge : stopped — été
text/plain|True
text/html|True|True
[stopped] Essai|True" "$(cat "$here/found")"
if grep -q 'POST /echo - {.*"result":"stopped"' "$here/requests"; then pass; else miss "the webhook" "$(cat "$here/requests")"; fi
shows "what is no address is refused" "is no mail address"
close_server
doc=$(document silent << END
steps: [{id: one, run: 'true'}]
finally: [{id: word, notify: {mail: dba@mairie.example}}, {id: hook, notify: {webhook: "$url/echo"}}]
END
)
printf '#!/bin/sh\nexit 75\n' > "$here/bin/sendmail"
PATH=$here/bin:$PATH rb run "$doc"
exits "word that does not go out changes no result" 0
shows "it is told" "word.*\|FAILED"
end_case
told requests "mails by sendmail, a webhook, and none of them changes how a run ended"
