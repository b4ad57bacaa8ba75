# SPDX-License-Identifier: MIT
# bash completion for muster(1). It needs no other package; with bash-completion the command is completed as by itself.

# Offers the lines of standard input that begin with $1, the word so far. Of a word with @, : or = in it bash replaces
# only what follows the last of those that are among its COMP_WORDBREAKS, an @ included.
_muster_offer() {
    local breaks='' mark word prefix=''
    for mark in @ : =; do if [[ $COMP_WORDBREAKS == *"$mark"* ]]; then breaks+=$mark; fi; done
    if [[ $breaks && $1 == *["$breaks"]* ]]; then prefix=${1%"${1##*["$breaks"]}"}; fi
    prefix=${prefix%@}
    while IFS= read -r word; do
        if [[ $word == "$1"* ]]; then COMPREPLY+=("${word#"$prefix"}"); fi
    done
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:] ]]; then compopt -o nospace 2>/dev/null; fi
}

# Lists go on after a host: no blank behind it.
_muster_hosts() {
    compopt -o nospace 2>/dev/null
    _muster_offer "$1" < <("$program" "${given[@]}" --complete "$1" 2>/dev/null)
}

_muster_groups() {
    local last=${1##*,}
    compopt -o nospace 2>/dev/null
    _muster_offer "$1" < <("$program" "${given[@]}" --complete "@$last" 2>/dev/null | sed "s/^@/${1%"$last"}/")
}

_muster_words() { _muster_offer "$2" < <(compgen -W "$1" -- "$2"); }
_muster_files() { compopt -o filenames 2>/dev/null; _muster_offer "$1" < <(compgen -f -- "$1"); }
_muster_programs() { _muster_offer "$1" < <(compgen -c -- "$1"); }
_muster_users() { _muster_offer "$1" < <(compgen -u -- "$1"); }

# The command, whose words begin at the index $1 of words.
_muster_command() {
    if declare -F _command_offset >/dev/null && ((${#words[@]} == ${#COMP_WORDS[@]})); then
        _command_offset "$1"
    elif ((cword == $1)); then
        _muster_programs "$cur"
    else
        _muster_files "$cur"
    fi
}

_muster() {
    local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT} words cur prev cword program given=()
    COMPREPLY=()
    read -ra words <<<"$line"
    if [[ $line == *[[:blank:]] ]]; then words+=(''); fi
    cword=$((${#words[@]} - 1)) cur=${words[-1]} prev=${words[-2]:-}
    program=${words[0]}

    # from the option table
    local switches='-a --all -Q --list-hosts --failed --dry-run --confirm -n --no-stdin --argv --template --sudo --sudo-password --approve --preflight -4 --ipv4 -6 --ipv6 -A --forward-agent --tty --password --accept-new -k --fail-fast --lease -S --max-status --resume-unknown --resume-any --merge -q --quiet -v --verbose -N --no-label -b --gather -B --gather-all --diff --live -L --sorted --only-failed --json --json-events --stats --raw --no-progress -V --version -h --short-help --help '
    local valued='-w --hosts --hostfile -x --exclude -g --group -X --exclude-group --inventory --pick --order --max-hosts -f --fanout --connect-limit --input --transport --push --script --check --check-for --check-hold --pull --pull-max --always --env --batch --soak --gate --gate-for --before --after --expect-reboot --apart --together --delay -l --user -p --port -i --identity -F --ssh-config -o --option -J --jump --askpass -t --connect-timeout -u --command-timeout --total-timeout --retries --grace --linger --halt --halt-on --ok-status --ledger --resume --remember --shard --stop-file --outdir --errdir --report --tail-failed --color --config --complete '
    # end of what comes from it

    # Where the command begins: at the first word that is neither an option, nor an option's value, nor HOSTS.
    local i=1 hosts='' files='' command=0
    while ((i < cword)); do
        case ${words[i]} in
            -w | --hosts | --hostfile | --resume | -g | --group) hosts=option; ((i += 1)) ;;
            -w* | -g* | --hosts=* | --hostfile=* | --resume=* | --group=* | -a | --all | --failed) hosts=option ;;
            --merge) files=yes ;;
            -F | --ssh-config | --inventory | --config | --transport) given+=("${words[i]}" "${words[i + 1]}"); ((i += 1)) ;;
            -F* | --ssh-config=* | --inventory=* | --config=* | --transport=*) given+=("${words[i]}") ;;
            --) if [[ $files ]]; then break; fi; command=$((i + 1)); [[ $hosts ]] || ((command += 1)); break ;;
            -*) if [[ " $valued " == *" ${words[i]} "* ]]; then ((i += 1)); fi ;;
            *) if [[ $hosts && ! $files ]]; then command=$i; break; fi; hosts=word ;;
        esac
        ((i += 1))
    done
    if ((command > 0 && cword >= command)); then
        _muster_command "$command"
        return
    fi

    if [[ $cur == --*=* ]]; then
        prev=${cur%%=*} cur=${cur#*=}
        if [[ $COMP_WORDBREAKS != *=* ]]; then return; fi
        if [[ " $switches " == *" $prev "* ]]; then prev+==; fi
    fi
    case $prev in
        # values from the option table
        -w | --hosts) _muster_hosts "$cur"; return ;;
        --hostfile) _muster_files "$cur"; return ;;
        -x | --exclude) _muster_hosts "$cur"; return ;;
        -g | --group) _muster_groups "$cur"; return ;;
        -X | --exclude-group) _muster_groups "$cur"; return ;;
        --inventory) _muster_files "$cur"; return ;;
        --order) _muster_words 'given random random:' "$cur"; return ;;
        --input) _muster_files "$cur"; return ;;
        --transport) _muster_words 'ssh2 exec ssh' "$cur"; return ;;
        --push) _muster_files "$cur"; return ;;
        --script) _muster_files "$cur"; return ;;
        -l | --user) _muster_users "$cur"; return ;;
        -i | --identity) _muster_files "$cur"; return ;;
        -F | --ssh-config) _muster_files "$cur"; return ;;
        -o | --option) _muster_words 'AddressFamily=any AddressFamily=inet AddressFamily=inet6 BindAddress= CASignatureAlgorithms= CanonicalDomains= CanonicalizeFallbackLocal=yes CanonicalizeFallbackLocal=no CanonicalizeHostname= CanonicalizeMaxDots= CanonicalizePermittedCNAMEs= Ciphers= ConnectionAttempts= BatchMode=yes BatchMode=no CertificateFile= KbdInteractiveAuthentication=yes KbdInteractiveAuthentication=no ChallengeResponseAuthentication=yes ChallengeResponseAuthentication=no CheckHostIP=yes CheckHostIP=no ConnectTimeout= PubkeyAuthentication=yes PubkeyAuthentication=no DSAAuthentication=yes DSAAuthentication=no ForwardAgent= GlobalKnownHostsFile= HashKnownHosts=yes HashKnownHosts=no HostKeyAlgorithms= HostKeyAlias= HostName= IdentitiesOnly=yes IdentitiesOnly=no IdentityAgent= IdentityFile= IdentityFile2= TCPKeepAlive=yes TCPKeepAlive=no KeepAlive=yes KeepAlive=no KexAlgorithms= MACs= NumberOfPasswordPrompts= PasswordAuthentication=yes PasswordAuthentication=no Port= PreferredAuthentications= ProxyCommand= ProxyJump= ProxyUseFdpass=yes ProxyUseFdpass=no ServerAliveInterval= ProtocolKeepAlives= PubkeyAcceptedAlgorithms= PubkeyAcceptedKeyTypes= RekeyLimit= RequestTTY=yes RequestTTY=no RequestTTY=force RequestTTY=auto RequiredRSASize= RevokedHostKeys= SendEnv= ServerAliveCountMax= SetEnv= StrictHostKeyChecking=yes StrictHostKeyChecking=no StrictHostKeyChecking=ask StrictHostKeyChecking=accept-new Tag= SkeyAuthentication=yes SkeyAuthentication=no TISAuthentication=yes TISAuthentication=no User= UserKnownHostsFile=' "$cur"; return ;;
        -J | --jump) _muster_hosts "$cur"; return ;;
        --askpass) _muster_programs "$cur"; return ;;
        --halt) _muster_words 'never batch soon now ask batch,fail= soon,fail= now,fail= ask,fail=' "$cur"; return ;;
        --halt-on) _muster_words 'any command' "$cur"; return ;;
        --ledger) _muster_files "$cur"; return ;;
        --resume) _muster_files "$cur"; return ;;
        --remember) _muster_words 'auto yes no' "$cur"; return ;;
        --stop-file) _muster_files "$cur"; return ;;
        --outdir) _muster_files "$cur"; return ;;
        --errdir) _muster_files "$cur"; return ;;
        --json=) _muster_words 'events' "$cur"; return ;;
        --report) _muster_files "$cur"; return ;;
        --color) _muster_words 'auto always never' "$cur"; return ;;
        --config) _muster_files "$cur"; return ;;
        # end of what comes from it
        --*=) return ;;
        *) if [[ " $valued " == *" $prev "* ]]; then return; fi ;;
    esac

    if [[ $cur == -* ]]; then
        _muster_words "$switches $valued" "$cur"
    elif [[ $files ]]; then
        _muster_files "$cur"
    elif [[ $hosts ]]; then
        _muster_command "$cword"
    else
        _muster_hosts "$cur"
    fi
} &&
    complete -F _muster muster
