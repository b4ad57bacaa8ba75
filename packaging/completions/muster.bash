# SPDX-License-Identifier: MIT
# bash completion for muster(1)

# shellcheck disable=SC2207 # no completion of it holds a blank
_muster() {
    local cur prev words cword split
    _init_completion -s || return

    # from the option table
    local switches='-a --all -Q --list-hosts -n --no-stdin -4 --ipv4 -6 --ipv6 -A --forward-agent --tty --password --accept-new -k --fail-fast --lease -S --max-status --resume-unknown --resume-any -q --quiet -v --verbose -N --no-label -b --gather -B --gather-all --diff --live -L --sorted --only-failed --json --raw --no-progress -V --version -h --help '
    local valued='-w --hosts --hostfile -x --exclude -g --group -X --exclude-group --inventory --pick --order --max-hosts -f --fanout --connect-limit --input --transport --push -l --user -p --port -i --identity -F --ssh-config -o --option -J --jump --askpass -t --connect-timeout -u --command-timeout --total-timeout --retries --grace --linger --halt --halt-on --ok-status --ledger --resume --outdir --errdir --tail-failed --color '
    # end of what comes from it

    # Where the command begins: at the first word that is neither an option, nor an option's value, nor HOSTS.
    local i=1 hosts='' command=0
    while ((i < cword)); do
        case ${words[i]} in
            -w | --hosts | --hostfile | --resume | -g | --group) hosts=option; ((i += 1)) ;;
            -w* | -g* | --hosts=* | --hostfile=* | --resume=* | --group=* | -a | --all) hosts=option ;;
            --) command=$((i + 1)); [[ $hosts ]] || ((command += 1)); break ;;
            -*) if [[ " ${valued//$'\n'/ } " == *" ${words[i]} "* ]]; then ((i += 1)); fi ;;
            *) if [[ $hosts ]]; then command=$i; break; fi; hosts=word ;;
        esac
        ((i += 1))
    done
    if ((command > 0 && cword >= command)); then
        _command_offset "$command"
        return
    fi

    case $prev in
        # values from the option table
        -w | --hosts) _known_hosts_real -- "$cur"; return ;;
        --hostfile) _filedir; return ;;
        -x | --exclude) _known_hosts_real -- "$cur"; return ;;
        --inventory) _filedir; return ;;
        --order) COMPREPLY=($(compgen -W 'given random random:' -- "$cur")); return ;;
        --input) _filedir; return ;;
        --transport) COMPREPLY=($(compgen -W 'ssh2 exec' -- "$cur")); return ;;
        --push) _filedir; return ;;
        -l | --user) COMPREPLY=($(compgen -u -- "$cur")); return ;;
        -i | --identity) _filedir; return ;;
        -F | --ssh-config) _filedir; return ;;
        -J | --jump) _known_hosts_real -- "$cur"; return ;;
        --askpass) COMPREPLY=($(compgen -c -- "$cur")); return ;;
        --halt) COMPREPLY=($(compgen -W 'never soon now soon,fail= now,fail=' -- "$cur")); return ;;
        --halt-on) COMPREPLY=($(compgen -W 'any command' -- "$cur")); return ;;
        --ledger) _filedir; return ;;
        --resume) _filedir; return ;;
        --outdir) _filedir; return ;;
        --errdir) _filedir; return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
        # end of what comes from it
        *) if [[ " ${valued//$'\n'/ } " == *" $prev "* ]]; then return; fi ;;
    esac
    $split && return

    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$switches $valued" -- "$cur"))
    elif [[ $hosts ]]; then
        COMPREPLY=($(compgen -c -- "$cur"))
    else
        _known_hosts_real -- "$cur"
    fi
} &&
    complete -F _muster muster
