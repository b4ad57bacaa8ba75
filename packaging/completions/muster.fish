# SPDX-License-Identifier: MIT
# fish completion for muster(1)

# The options of the line that say where hosts are known.
function __muster_given
    set -l words (commandline -opc)
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -F --ssh-config --inventory --config --transport
                test $i -lt (count $words); and printf '%s\n' $words[$i] $words[(math $i + 1)]
            case '--ssh-config=*' '--inventory=*' '--config=*' '--transport=*'
                printf '%s\n' $words[$i]
        end
    end
end

function __muster_hosts
    set -l program (commandline -opc)[1]
    set -l word (commandline -ct | string replace -r '^(-[wxJ]|--(hosts|exclude|jump)=)' '')
    $program (__muster_given) --complete=$word 2>/dev/null
end

function __muster_groups
    set -l program (commandline -opc)[1]
    set -l word (commandline -ct | string replace -r '^(-[gX]|--(group|exclude-group)=)' '')
    set -l last (string replace -r '.*,' '' -- $word)
    set -l before (string sub -l (math (string length -- $word) - (string length -- $last)) -- $word)
    $program (__muster_given) --complete=@$last 2>/dev/null | string replace -r '^@' $before
end

# Prints the index of the command's first word among the words before the cursor, or one more than there are; HOSTS is the
# first word unless an option gives the hosts. With --merge there is no command.
function __muster_command
    set -l words (commandline -opc)
    set -l named 0
    set -l i 2
    while test $i -le (count $words)
        switch $words[$i]
            case --
                set i (math $i + 1)
                test $named = 0; and set i (math $i + 1)
                echo $i
                return
            case -a --all --failed '-w?*' '-g?*' '--hosts=*' '--hostfile=*' '--resume=*' '--group=*'
                set named 1
            case -w --hosts --hostfile --resume -g --group
                set named 1
                set i (math $i + 1)
            case --merge
                return
            case '-*'
                contains -- $words[$i] $__muster_valued; and set i (math $i + 1)
            case '*'
                test $named = 1; and break
                set named 1
        end
        set i (math $i + 1)
    end
    test $named = 1; and echo $i
end

# The cursor is on a word of the command.
function __muster_in_command
    set -l begin (__muster_command)
    test -n "$begin"; and test (count (commandline -opc)) -ge (math $begin - 1)
end

# The words are files.
function __muster_merges
    contains -- --merge (commandline -opc); and not __muster_in_command
end

# The command has begun before the cursor: what follows is not muster's.
function __muster_behind_command
    set -l begin (__muster_command)
    test -n "$begin"; and test (count (commandline -opc)) -ge $begin
end

function __muster_complete_command
    set -l words (commandline -opc)
    set -l begin (__muster_command)
    set -l rest $words[$begin..-1]
    complete -C (string join ' ' -- (string escape -- $rest) (commandline -ct))
end

complete -c muster -f
complete -c muster -n 'not __muster_in_command; and not __muster_merges' -a '(__muster_hosts)'
complete -c muster -n __muster_merges -F
complete -c muster -n __muster_in_command -a '(__muster_complete_command)'

# from the option table
set -g __muster_valued -w --hosts --hostfile -x --exclude -g --group -X --exclude-group --inventory --pick --order --max-hosts -f --fanout --connect-limit --input --transport --push --script --check --check-for --check-hold --pull --pull-max --always --env --batch --soak --gate --gate-for --before --after --expect-reboot --apart --together --delay -l --user -p --port -i --identity -F --ssh-config -o --option -J --jump --askpass -t --connect-timeout -u --command-timeout --total-timeout --retries --grace --linger --halt --halt-on --ok-status --ledger --resume --remember --shard --stop-file --outdir --errdir --report --tail-failed --color --config --complete
complete -c muster -n 'not __muster_behind_command' -s w -l hosts -x -a '(__muster_hosts)' -d 'hosts to run on, such as web[1-9],root@db1:2222'
complete -c muster -n 'not __muster_behind_command' -l hostfile -r -d 'hosts from a file, a pattern a line'
complete -c muster -n 'not __muster_behind_command' -s x -l exclude -x -a '(__muster_hosts)' -d 'leave these hosts out, wherever they were named'
complete -c muster -n 'not __muster_behind_command' -s g -l group -x -a '(__muster_groups)' -d 'the hosts of these groups, NAME or SOURCE:NAME'
complete -c muster -n 'not __muster_behind_command' -s X -l exclude-group -x -a '(__muster_groups)' -d 'leave the hosts of these groups out'
complete -c muster -n 'not __muster_behind_command' -s a -l all -d 'every host that the usual groups know'
complete -c muster -n 'not __muster_behind_command' -l inventory -r -d 'hosts, groups and variables from an inventory of Ansible or in JSON'
complete -c muster -n 'not __muster_behind_command' -l pick -x -d 'choose so many of the hosts at random'
complete -c muster -n 'not __muster_behind_command' -l order -x -a 'given random random:' -d 'start the hosts as given, or in random order: random[:SEED]'
complete -c muster -n 'not __muster_behind_command' -s Q -l list-hosts -d 'run nothing: show the hosts folded, their number, and the list with commas'
complete -c muster -n 'not __muster_behind_command' -l max-hosts -x -d 'refuse to run on more hosts than this'
complete -c muster -n 'not __muster_behind_command' -l failed -d 'the hosts of the last run that did not end ok'
complete -c muster -n 'not __muster_behind_command' -l dry-run -d 'run nothing and touch no network: show hosts, groups, endpoints and each host\'s command'
complete -c muster -n 'not __muster_behind_command' -l confirm -d 'ask for the number of hosts, on the terminal, before anything starts'
complete -c muster -n 'not __muster_behind_command' -s f -l fanout -x -d 'hosts at once, 0 for all'
complete -c muster -n 'not __muster_behind_command' -l connect-limit -x -d 'connections at once that are not yet logged in, 0 for no limit but --fanout'
complete -c muster -n 'not __muster_behind_command' -l input -r -d 'what every host\'s command reads as its standard input'
complete -c muster -n 'not __muster_behind_command' -s n -l no-stdin -d 'leave our standard input alone, as in a loop that reads from it'
complete -c muster -n 'not __muster_behind_command' -l transport -x -a 'ssh2 exec ssh' -d 'ssh2'
complete -c muster -n 'not __muster_behind_command' -l argv -d 'quote each word of the command for the remote shell: a program and its arguments, as they stand here'
complete -c muster -n 'not __muster_behind_command' -l template -d 'replace {host}, {n}, {count}, {user} and an inventory\'s {VARIABLE} in the command, each quoted for the remote shell'
complete -c muster -n 'not __muster_behind_command' -l push -r -d 'before the command, put a file or a directory on each host, whole or not at all'
complete -c muster -n 'not __muster_behind_command' -l script -r -d 'run this script in place of a command, by the interpreter of its #! line'
complete -c muster -n 'not __muster_behind_command' -l check -x -d 'after the command, until it exits with 0: only then is the host ok'
complete -c muster -n 'not __muster_behind_command' -l check-for -x -d 'how long the check is tried, every two seconds, 0 for once'
complete -c muster -n 'not __muster_behind_command' -l check-hold -x -d 'how long it must stay well'
complete -c muster -n 'not __muster_behind_command' -l pull -x -d 'after that, fetch a file or a directory of each host as DIR/HOST/NAME, whole or not at all'
complete -c muster -n 'not __muster_behind_command' -l pull-max -x -d 'bytes that one pull may bring, such as 500M'
complete -c muster -n 'not __muster_behind_command' -l always -x -d 'at the end of each host that was reached, whatever happened before'
complete -c muster -n 'not __muster_behind_command' -l env -x -d 'a variable of the commands, the check and the script, whatever the server\'s AcceptEnv says'
complete -c muster -n 'not __muster_behind_command' -l sudo -d 'run the steps with the rights of root, or of USER, by the host\'s sudo'
complete -c muster -n 'not __muster_behind_command' -l sudo-password -d 'ask once, before the run, for the password that sudo wants'
complete -c muster -n 'not __muster_behind_command' -l batch -x -d 'start the hosts in batches of these sizes, N or N% of all hosts, of which the last repeats: 1,5,25%'
complete -c muster -n 'not __muster_behind_command' -l soak -x -d 'wait so long after each batch'
complete -c muster -n 'not __muster_behind_command' -l gate -x -d 'run CMD on this machine after each batch and its --soak: 0 goes on, 75 is asked again, else the run stops'
complete -c muster -n 'not __muster_behind_command' -l gate-for -x -d 'how long a gate may take and answer 75'
complete -c muster -n 'not __muster_behind_command' -l approve -d 'ask at the terminal before each batch but the first'
complete -c muster -n 'not __muster_behind_command' -l before -x -d 'run CMD on this machine for each host before its command, with {host} replaced and MUSTER_HOST set: a failure keeps the command from being sent'
complete -c muster -n 'not __muster_behind_command' -l after -x -d 'likewise after the command of each host that ended ok'
complete -c muster -n 'not __muster_behind_command' -l preflight -d 'log in everywhere first'
complete -c muster -n 'not __muster_behind_command' -l expect-reboot -x -d 'the command reboots its host: a connection that breaks is no failure, and the host is awaited for so long until it has booted anew'
complete -c muster -n 'not __muster_behind_command' -l apart -x -d 'never more than N (1) hosts at once with the same KEY: a variable of the inventory, @SOURCE of groups, or name:REGEX'
complete -c muster -n 'not __muster_behind_command' -l together -x -d 'hosts with the same KEY are a batch, which --batch cuts further'
complete -c muster -n 'not __muster_behind_command' -l delay -x -d 'the least time between the starts of two hosts'
complete -c muster -n 'not __muster_behind_command' -s l -l user -x -a '(__fish_complete_users)' -d 'log in as NAME where the host says nothing else'
complete -c muster -n 'not __muster_behind_command' -s p -l port -x -d 'port where the host says nothing else'
complete -c muster -n 'not __muster_behind_command' -s i -l identity -r -d 'private key to log in with'
complete -c muster -n 'not __muster_behind_command' -s F -l ssh-config -r -d 'read FILE instead of the user\'s and the system\'s ssh configuration'
complete -c muster -n 'not __muster_behind_command' -s o -l option -x -a 'AddressFamily=any AddressFamily=inet AddressFamily=inet6 BindAddress= CASignatureAlgorithms= CanonicalDomains= CanonicalizeFallbackLocal=yes CanonicalizeFallbackLocal=no CanonicalizeHostname= CanonicalizeMaxDots= CanonicalizePermittedCNAMEs= Ciphers= ConnectionAttempts= BatchMode=yes BatchMode=no CertificateFile= KbdInteractiveAuthentication=yes KbdInteractiveAuthentication=no ChallengeResponseAuthentication=yes ChallengeResponseAuthentication=no CheckHostIP=yes CheckHostIP=no ConnectTimeout= PubkeyAuthentication=yes PubkeyAuthentication=no DSAAuthentication=yes DSAAuthentication=no ForwardAgent= GlobalKnownHostsFile= HashKnownHosts=yes HashKnownHosts=no HostKeyAlgorithms= HostKeyAlias= HostName= IdentitiesOnly=yes IdentitiesOnly=no IdentityAgent= IdentityFile= IdentityFile2= TCPKeepAlive=yes TCPKeepAlive=no KeepAlive=yes KeepAlive=no KexAlgorithms= MACs= NumberOfPasswordPrompts= PasswordAuthentication=yes PasswordAuthentication=no Port= PreferredAuthentications= ProxyCommand= ProxyJump= ProxyUseFdpass=yes ProxyUseFdpass=no ServerAliveInterval= ProtocolKeepAlives= PubkeyAcceptedAlgorithms= PubkeyAcceptedKeyTypes= RekeyLimit= RequestTTY=yes RequestTTY=no RequestTTY=force RequestTTY=auto RequiredRSASize= RevokedHostKeys= SendEnv= ServerAliveCountMax= SetEnv= StrictHostKeyChecking=yes StrictHostKeyChecking=no StrictHostKeyChecking=ask StrictHostKeyChecking=accept-new Tag= SkeyAuthentication=yes SkeyAuthentication=no TISAuthentication=yes TISAuthentication=no User= UserKnownHostsFile=' -d 'a setting as in ssh_config'
complete -c muster -n 'not __muster_behind_command' -s J -l jump -x -a '(__muster_hosts)' -d 'connect by way of these hosts, [user@]host[:port] with commas between them'
complete -c muster -n 'not __muster_behind_command' -s 4 -l ipv4 -d 'connect to IPv4 addresses only'
complete -c muster -n 'not __muster_behind_command' -s 6 -l ipv6 -d 'connect to IPv6 addresses only'
complete -c muster -n 'not __muster_behind_command' -s A -l forward-agent -d 'lend the agent to the hosts'
complete -c muster -n 'not __muster_behind_command' -l tty -d 'run the command on a terminal of the remote host'
complete -c muster -n 'not __muster_behind_command' -l password -d 'ask once for a password, before the run, for all hosts whose server wants one'
complete -c muster -n 'not __muster_behind_command' -l askpass -r -d 'ask through PROGRAM instead of the terminal, for passphrases and for a password when a server wants one'
complete -c muster -n 'not __muster_behind_command' -l accept-new -d 'add keys of unknown hosts to known_hosts'
complete -c muster -n 'not __muster_behind_command' -s t -l connect-timeout -x -d 'from name look-up to login, per host, 0 for none'
complete -c muster -n 'not __muster_behind_command' -s u -l command-timeout -x -d 'for the command, per host'
complete -c muster -n 'not __muster_behind_command' -l total-timeout -x -d 'for the whole run'
complete -c muster -n 'not __muster_behind_command' -l retries -x -d 'tries again, after a pause that grows, when a host cannot be reached'
complete -c muster -n 'not __muster_behind_command' -l grace -x -d 'between TERM and KILL when a command is stopped'
complete -c muster -n 'not __muster_behind_command' -l linger -x -d 'how long to read on when the command has ended but a child of it holds its output open'
complete -c muster -n 'not __muster_behind_command' -s k -l fail-fast -d 'stop everything on the first failure'
complete -c muster -n 'not __muster_behind_command' -l halt -x -a 'never batch soon now ask batch,fail= soon,fail= now,fail= ask,fail=' -d 'what failures do: never stops nothing, batch lets the batch end and begins no other, soon starts nothing new, now also stops what runs, ask asks at the terminal, when what runs has ended, whether to go on, to stop, or to run the failed hosts again'
complete -c muster -n 'not __muster_behind_command' -l halt-on -x -a 'any command' -d 'what counts: any failure, or only those of a command that was sent'
complete -c muster -n 'not __muster_behind_command' -l ok-status -x -d 'exit statuses that are success'
complete -c muster -n 'not __muster_behind_command' -l lease -d 'let each command live only as long as its connection, whatever ends that'
complete -c muster -n 'not __muster_behind_command' -s S -l max-status -d 'exit with the largest remote status'
complete -c muster -n 'not __muster_behind_command' -l ledger -r -d 'record in FILE which commands were sent and how each host ended'
complete -c muster -n 'not __muster_behind_command' -l resume -r -d 'run on the hosts that have no ok in this ledger, and go on with it'
complete -c muster -n 'not __muster_behind_command' -l resume-unknown -d 'also on hosts where the command may have run or may still run'
complete -c muster -n 'not __muster_behind_command' -l resume-any -d 'also if the ledger is of another command'
complete -c muster -n 'not __muster_behind_command' -l remember -x -a 'auto yes no' -d 'keep hosts and states of this run for --failed and @last: auto (on a terminal), yes or no'
complete -c muster -n 'not __muster_behind_command' -l shard -x -d 'only hosts K, K+N, K+2N, ... of the list, for an engine that runs N of us'
complete -c muster -n 'not __muster_behind_command' -l merge -d 'run nothing: show what the shards whose ledgers follow have done together, or the run of one record, and exit with its status'
complete -c muster -n 'not __muster_behind_command' -l stop-file -r -d 'create FILE when failures stop this run, and stop when another run has created it'
complete -c muster -n 'not __muster_behind_command' -s q -l quiet -d 'output and final errors only'
complete -c muster -n 'not __muster_behind_command' -s v -l verbose -d 'also each host\'s steps'
complete -c muster -n 'not __muster_behind_command' -s N -l no-label -d 'no host in front of the lines'
complete -c muster -n 'not __muster_behind_command' -s b -l gather -d 'identical output once, under all its hosts, when the run is over'
complete -c muster -n 'not __muster_behind_command' -s B -l gather-all -d 'likewise, standard error too'
complete -c muster -n 'not __muster_behind_command' -l diff -d 'gather, and of the odd ones only what differs from what most hosts printed'
complete -c muster -n 'not __muster_behind_command' -l live -d 'with --gather: lines as they come as well'
complete -c muster -n 'not __muster_behind_command' -s L -l sorted -d 'output in the order of the hosts, each host\'s in one piece'
complete -c muster -n 'not __muster_behind_command' -l only-failed -d 'output of hosts that do not end ok, when they end'
complete -c muster -n 'not __muster_behind_command' -l outdir -r -d 'also write each host\'s exact output to DIR/HOST and DIR/HOST.err as it comes, and results to DIR/.results.jsonl'
complete -c muster -n 'not __muster_behind_command' -l errdir -r -d 'write standard error to DIR/HOST instead'
complete -c muster -n 'not __muster_behind_command' -l json -a 'events' -d 'one JSON object per host at its end, and a summary'
complete -c muster -n 'not __muster_behind_command' -l json-events -d 'likewise, and events as they happen'
complete -c muster -n 'not __muster_behind_command' -l report -r -d 'also write the run as a page for a browser, complete in one file'
complete -c muster -n 'not __muster_behind_command' -l tail-failed -x -d 'show so many last lines of the host that causes a stop with its error, 0 for none'
complete -c muster -n 'not __muster_behind_command' -l stats -d 'at the end also the slowest hosts, and how long the stages took'
complete -c muster -n 'not __muster_behind_command' -l raw -d 'let control characters of hosts through to the terminal'
complete -c muster -n 'not __muster_behind_command' -l color -x -a 'auto always never' -d 'colours: auto, always or never'
complete -c muster -n 'not __muster_behind_command' -l no-progress -d 'no progress on a terminal, and no line a minute elsewhere'
complete -c muster -n 'not __muster_behind_command' -l config -r -d 'read defaults of options from FILE instead of the user\'s and the system\'s configuration'
complete -c muster -n 'not __muster_behind_command' -l complete -x -d 'print the hosts, aliases and @groups that WORD may become, as shells\' completions ask for them'
complete -c muster -n 'not __muster_behind_command' -s V -l version -d 'show the versions of muster and its libraries'
complete -c muster -n 'not __muster_behind_command' -s h -l short-help -d 'show the most used options on one screen'
complete -c muster -n 'not __muster_behind_command' -l help -d 'show this help'
# end of what comes from it
