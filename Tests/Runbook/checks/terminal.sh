# What an operator sees on a terminal of 80 columns and less, without colour, without a terminal; and Ctrl-C.

begin_case
mkdir -p "$here/state"
python3 "$tests/terminal_checks.py" "$RUNBOOK" "$here" > "$out" 2>&1 || miss "the checks of the terminal end" "$(cat "$out")"
while IFS= read -r line; do
    case $line in
        "ok "*) pass ;;
        "not ok "*) miss "${line#not ok }" "$(grep -A 40 -F -- "$line" "$out")" ;;
    esac
done < "$out"
equal "every check of the terminal was made" 8 "$(grep -c '^\(not \)\?ok ' "$out")"
end_case
told terminal "progress, expected times, last lines, waits, widths, hostile output, prompts, interruption (130, 143)"
