section "ordinary binary modules (ANSIBLE_LIBRARY), no plugin"

mkdir "$work/library"
for module in "${modules[@]}"; do ln -s "$module_binary" "$work/library/$module"; done
sed 's/vigie\.dba\.//' "$here/playbooks/all-modules.yml" > "$work/ordinary.yml"

export ANSIBLE_LIBRARY=$work/library
play "$work/ordinary.yml" -e target=here
check "every module runs as an ordinary binary module" succeeded
play "$work/ordinary.yml" -e target=here
check "  and changes nothing the second time" unchanged
play "$work/ordinary.yml" -e target=here -e state=absent
check "  and removes what it made" succeeded
for module in "${modules[@]}"; do
    check "$module is in the playbook of all modules" grep -q "vigie.dba.$module:" "$here/playbooks/all-modules.yml"
    task "$module" "no_such_option=1"
    check "$module refuses an unknown option in Ansible's words" says "Unsupported parameters for"
done
unset ANSIBLE_LIBRARY
