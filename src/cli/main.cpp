// SPDX-License-Identifier: MIT
// The entry point, and the map of the program: every source file in the order in which a run comes through it.
//
// 1. FROM THE COMMAND LINE TO ENDPOINTS, and back to the exit code: run_program() in cli/program
//
// cli: options in, exit code out
//   cli/program  arguments to exit code
//  cli/options: the command line, files and variables to values
//   cli/options/parse_arguments  the command line and MUSTER_* to values
//   cli/options/option_checks    options that contradict each other, or need another
//   cli/options/arguments        those values
//   cli/options/option_table     every option, once
//   cli/options/option_values    values of options that take more than one function
//   cli/options/other_name       the words of pdsh, pdcp and clush as ours
//   cli/options/other_options, cli/options/other_help  their options, their -h and -V
//   cli/options/percent_words    pdsh's %h in a program's arguments
//   cli/options/ssh_line         words for ssh as ours
//   cli/options/split            where options end and the command begins
//   cli/options/config_file      defaults of options from files
//   cli/options/foreign_options  options of other programs
//   cli/options/variables        the environment, and the folders that it names
//   cli/options/values           texts to durations, numbers, policies
//   cli/options/help             --help and --version
//   cli/options/shard            a part of the hosts
//   cli/options/transport_table  every transport, once
//   cli/options/again            the command that runs the rest
//   cli/options/askpass          passphrases and passwords from the user
//  cli/hosts: who
//   cli/hosts/mistakes             words in the wrong place
//   cli/hosts/targets              patterns and files to hosts, hosts to endpoints
//   cli/hosts/ansible_inventory    asks ansible-inventory
//   cli/hosts/host_sources         where names are looked up
//   cli/hosts/last_run             the hosts of the last run and their states
//   cli/hosts/connection_settings  ssh's options as the ssh configuration takes them
//   cli/hosts/complete             what a word of a list may become
//   cli/hosts/listing, cli/hosts/pdsh_settings  hosts for -Q and for pdsh -q
//  cli/plan: what will be done, and its questions
//   cli/plan/host_facts        groups and variables of the run's hosts
//   cli/plan/plan              hosts with endpoints and commands
//   cli/plan/command_template  {name} in a command
//   cli/plan/shell_context     where in a command a quoted word can stand
//   cli/plan/dry_run, cli/plan/plan_json  a plan as text and JSON
//   cli/plan/confirm           the number of hosts, typed by the user
//   cli/plan/make_job          the steps of each host
//   cli/plan/local_folders     where each host has a place of its own
//   cli/plan/input             what the commands read
//   cli/plan/rollout_plan      hosts in batches, and the plan in words
//   cli/plan/host_groups       racks and zones
//   cli/plan/earlier_run       the ledger, or the ledgers, that a run goes on with
//   cli/plan/resume            what an earlier run has left to do
//  cli/run: the run with its views
//   cli/run/merge            what all parts have done
//   cli/run/run_job, cli/run/reader_patience  one run with its transport, views and signals, and its last output
//   cli/run/view_table       every view, once
//   cli/run/display          the sinks the options ask for
//   cli/run/gates, cli/run/hosts_file  what decides between batches, and the hosts that it is told
//   cli/run/run_told         programs of this machine, whose lines are shown as they come
//   cli/run/askpass_service, cli/run/ssh_question  the same for programs that ask, and what they ask for
//   cli/run/password_trial   which of them tries the password
//  cli/process: this process: signals, keys, programs, the exit code
//   cli/process/exit           which exit code wins
//   cli/process/run_program    programs that print hosts
//   cli/process/stop_file      a stop across runs
//   cli/process/terminal       questions at the terminal
//   cli/process/keys           keys while it runs
//   cli/process/signals        Ctrl-C and friends
//   cli/process/start_limit    the limit on the run before its first host
//   cli/process/process        descriptors, limits, the way out
//   cli/process/first_process  as process 1 of a container
// hosts: who
//   hosts/host                 hosts and lists of them
//   hosts/selection            what lists, files and groups name, without what was left out
//   hosts/evaluate             one list, term by term
//   hosts/term                 a list into terms and operators
//   hosts/host_item            root@n[1-3,7]:22 to hosts
//   hosts/number_range         1-3,7
//   hosts/pattern_text         a place in a list
//   hosts/set_algebra          difference, intersection
//   hosts/name_lookup          what a list can point at
//   hosts/name_match           wildcards and regular expressions
//   hosts/read_host_file       a file's text
//   hosts/host_file            a list on each line
//   hosts/pick                 so many at random
//   hosts/overrides            what an inventory says of a host
//   hosts/near_miss            did you mean
//   hosts/file_place           a place in a file
//   hosts/sources/group_source groups by name
//   hosts/sources/groups_conf  ClusterShell's groups
//   hosts/sources/yaml_groups  those in YAML, declared in groups_conf
//   hosts/sources/ini_text     [sections] of keys
//   hosts/sources/trusted_file files that may name programs
//   hosts/sources/dsh_groups   ~/.dsh/group
//   hosts/sources/inventory    hosts, groups, variables
//   hosts/sources/inventory_json, hosts/sources/inventory_variables  their two shapes; ansible_host and friends
//   hosts/run_states           words for what a run did
//   hosts/advice               the way out of common mistakes
//   hosts/host_pattern         the public functions
//   hosts/host_text            what a host's name may be
//   hosts/fold                 labels back into n[1-3]
// ssh_config: how each is reached
//   ssh_config/endpoints            hosts to endpoints
//   ssh_config/endpoint_builder     one of them: precedence, defaults, refusals
//   ssh_config/settings_pool        hosts share equal settings
//   ssh_config/login_methods        the ways to log in
//   ssh_config/environment          the variables to send
//   ssh_config/left_out             what is refused, or left out with a note
//   ssh_config/jump_route           the hosts on the way
//   ssh_config/ssh_config           settings of a host
//   ssh_config/ssh_config_read      files into blocks
//   ssh_config/ssh_config_look_up   blocks to settings
//   ssh_config/ssh_config_pass      one reading of the blocks
//   ssh_config/ssh_config_match     whether a block applies
//   ssh_config/match_line           the conditions of Match
//   ssh_config/network_list         192.0.2.0/24 of Match localnetwork
//   ssh_config/canonical_host       addresses in one spelling, CanonicalizeHostname
//   ssh_config/local_answers        what is asked of this machine, each question once
//   ssh_config/config_file          files that may be trusted
//   ssh_config/config_line          one line into words
//   ssh_config/ssh_option           the keywords
//   ssh_config/ssh_option_value, ssh_config/ssh_option_form  what their values may be
//   ssh_config/algorithms           names of algorithms
//   ssh_config/tokens               %h, ~, ${ENV}
//   ssh_config/sha1                 for %C
// ledger: the record of a run
//   ledger/file                one run at a time, whole lines
//   ledger/record              an earlier run's ledger read back
//   ledger/shard_folder        the ledgers of shards that a run goes on with
//   ledger/merge, ledger/shard_record  the ledgers of shards as one
//   ledger/recorded_output     what hosts printed, from JSON
//   ledger/command_hash        whether it was the same command
//
// 2. WHAT HAPPENS WHEN: async_run() in run/async_run calls fan_out() in engine/fan_out
//
// run: joins the layers, for callers with and without a loop
//   run/run                    blocking
//   run/async_run              inside a caller's loop
//   run/run_on_loop            the same on a loop with one thread
//   run/version                which muster this is
//   run/supervise              beside what may cancel it
//   run/config_questions       commands, names and addresses that a configuration asks for
// engine: what happens when
//   engine/fan_out      the hosts of a run, and what ends them early
//   engine/coordinator  does what the rollout answers
//   engine/preflight    tries every host before the first batch
//   engine/run_host     one host's life
//  engine/rollout: which host is next, without a clock or a loop
//   engine/rollout/rollout      which host starts when, as a pure object
//   engine/rollout/start_queue  the hosts of a batch, and who holds whom back
//   engine/rollout/batches      hosts cut into batches
//   engine/rollout/halt         the policy as pure functions
//  engine/host: one host: its connection, its commands, its outcome
//   engine/host/running_command       the command of one host: its output, its exit, its stop
//   engine/host/step_record           a step's part of the result
//   engine/host/talk                  one command, with what goes before it
//   engine/host/last_words            the end of a script's standard error
//   engine/host/prelude               sudo's question, a script's bytes
//   engine/host/password_gate         one password, tried by one host first
//   engine/host/host_place            what the steps of a host share
//   engine/host/connect_with_retries  place in the connect limit, connection, further attempts
//   engine/host/host_failure          an end that the engine itself decides
//   engine/host/job_failure           an end that the job's own code makes
//   engine/host/nul_byte             texts that no host can be given
//   engine/host/outcome               the end of a host that an exception cuts short
//   engine/host/retry                 when a host is tried again, as pure functions
//   engine/host/second_try            a host that runs once more
//   engine/host/run_state             report, sink, decision to stop
//  engine/steps: push, script, check, pull, always
//   engine/steps/reboot        a host that boots anew
//   engine/steps/remote        what a job's coroutine can do on its host
//   engine/steps/command_step  the command, or the script in its place
//   engine/steps/push, engine/steps/pull  files and directories onto the host, and from it
//   engine/steps/check         whether it is well
//   engine/steps/always        what runs at the end
//   engine/steps/ordered_work  what blocks, on other threads
// files: what any room does with files and descriptors of this machine
//   files/descriptor           written whole, put on disk, closed
//   files/nameless_file        files that lose their name at once
//   files/replaced_file        a file that takes its place when it is whole
//   files/unix_socket          whether somebody listens
//   files/folder               whether it can be written to, and tells cases apart
// shell: what a host's shell is given
//   shell/sudo_script          another user's rights, and what stops a command that has them
//   shell/script_file          a script without a name
//   shell/pull_script          gives a file or a directory away
//   shell/marked_stream        output with marks in it
//   shell/process_fields       of a process
//   shell/push_script          takes a file whole or not at all
//   shell/login_shell          one that starts no other program
//   shell/quoting              scripts and words that any login shell hands on
// copy: files of this machine for the hosts
//   copy/push_source           read once, with size and digest
//   copy/steps                 scripts and pulls
//   copy/pull_folder           where one host's files come to lie
//   copy/tar_reader            a tar that is not trusted
//   copy/tree, copy/tar_writer  what is in a directory, and that as one stream
//   copy/sha256                digests
// report: what follows from results
//   report/report              exceptions and exit code of a report
//   report/error_message       a result's codes in words
// input: what every host's command reads
//   input/command_input        text, file or pipe, read by many
//   input/spool                a pipe into a nameless file
//   input/input_feed           one host's place in it
//
// 3. ONE HOST: the engine calls transport::connect(), of ssh/ssh_transport, system_ssh/system_ssh_transport or
// local/exec_transport
//
// ssh: how to reach one host
//   ssh/make_transport                     the door for the others
//   ssh/ssh_client                         one for many runs of a library's caller
//   ssh/ssh_transport                      connect, verify, authenticate
//  ssh/net: from a name to bytes that come and go
//   ssh/net/resolver                       names off the loop
//   ssh/net/tcp_connect                    names to addresses to a socket
//   ssh/net/byte_stream                    what carries a connection
//   ssh/net/socket_stream, ssh/net/socket_wait  a socket as a byte stream, with waits that may be interrupted
//  ssh/proxy: local programs that carry connections
//   ssh/proxy/proxies                      the ProxyCommands of a run
//   ssh/proxy/proxy                        one of them, from its start to its end
//   ssh/proxy/proxy_stream                 its standard streams as a byte stream
//   ssh/proxy/passed_socket                the descriptor that it passes instead
//  ssh/connection: libssh2 on a byte stream
//   ssh/connection/pump                    a byte stream and libssh2 without I/O of its own
//   ssh/connection/greeting                what a server sends before the key exchange
//   ssh/connection/memory_budget           how much libssh2 may allocate
//   ssh/connection/handshake               identification strings and keys
//   ssh/connection/algorithms              what a connection offers
//   ssh/connection/key_exchange_offer      what a server can do, when that is too little
//   ssh/connection/channel, ssh/connection/channel_opening  from the request for a channel to its close
//   ssh/connection/keepalive               questions to a silent server
//   ssh/connection/session_bind            tells an agent which host asks
//   ssh/connection/key_renewal             when a connection changes its keys
//   ssh/connection/signal_way              how the commands of a server can be signalled
//  ssh/jump: connections that carry others
//   ssh/jump/jump_hosts                    connections to the hosts on the way
//   ssh/jump/jump_connection               one of them, with a tunnel for each host behind it
//   ssh/jump/login_places                  how many of those log in at once
//  ssh/login: the host proves itself, then the user
//   ssh/login/credential_store             files, agents and answers that logins share
//   ssh/login/credentials                  key and known_hosts files, read once
//   ssh/login/host_key                     is it the right host
//   ssh/login/authenticate                 which methods, in which order
//   ssh/login/user_keys                    which keys and certificates, likewise
//   ssh/login/publickey_login              offering one and signing
//   ssh/login/signature_algorithm          which algorithm signs
//   ssh/login/password_login               the password, and answers to questions
//   ssh/login/login_options                who answers questions
//   ssh/login/login_hooks                  likewise, for a library's caller
//   ssh/login/prompts                      what the user is asked, once
//   ssh/login/agent                        ssh-agent on the loop
//   ssh/login/agent_protocol               its messages
//  ssh/known_hosts: which key a host has
//   ssh/known_hosts/known_hosts            the index
//   ssh/known_hosts/known_hosts_file       recording new keys
//   ssh/known_hosts/known_hosts_line       one line
//   ssh/known_hosts/hashed_name            |1|salt|hash
//   ssh/known_hosts/revoked_keys           RevokedHostKeys
//  ssh/keys: public and private ones, certificates
//   ssh/keys/private_key                   parsed once, signs many times
//   ssh/keys/openssh_key                   OpenSSH's own format
//   ssh/keys/key_material                  fields to libcrypto
//   ssh/keys/key_error                     why a key file can't be used
//   ssh/keys/public_key_file               the files that hold a public key
//   ssh/keys/public_key                    blobs, names, fingerprints
//   ssh/keys/certificate                   keys that an authority vouches for
//  ssh/session: a command and its end
//   ssh/session/ssh_connection             starts one command after the other
//   ssh/session/ssh_command                one command and its end
//   ssh/session/session_requests           terminal, variables, agent
//   ssh/session/request_text               the text for the login shell, and how long it may be
//   ssh/session/channel_input              standard input into the window
//   ssh/session/send_window                how much of it goes ahead of the command
//   ssh/session/forwarded_agent            our agent lent to a host
//   ssh/session/command_stop               signals to a command, proof of its end, its lease
//   ssh/session/signal_channel             the process group of a command, through a second channel
//   ssh/session/group_scripts              the shell scripts of a signal channel, and of a command under a lease
//  ssh/libssh2: the memory that libssh2 works in (what libssh2 lacks, packaging/libssh2 adds to it)
//   ssh/libssh2/session_memory             what libssh2 allocates, counted and wiped
//   ssh/libssh2/block_set                  what libssh2 has allocated
//  ssh/bytes: data types, files, secrets
//   ssh/bytes/libcrypto                    owners for its objects
//   ssh/bytes/read_file                    small files
//   ssh/bytes/secret                       wiping
//   ssh/bytes/wire                         SSH's data types
//   ssh/bytes/message_name                 of its messages
//   ssh/bytes/plain_text                   a peer's words made printable
// local: the same seam without a network
//   local/exec_transport       a shell per host
//   local/exec_command         its streams and its end
//   local/child_input          the writing end of its standard input
// system_ssh: the same seam by the system's ssh
//   system_ssh/system_ssh_transport  an ssh per host and step
//   system_ssh/system_ssh_command    what it tells of the command
//   system_ssh/ssh_log               how far it came, and why it came no further
//   system_ssh/ssh_words             its command line
//   system_ssh/ssh_answers           who answers its questions
// process: local processes and their groups
//   process/run                a command with its input, output and time limit
//   process/child              starting, signalling, reaping
//   process/exit_watch         waiting for a child's end
//   process/groups             which process groups have a living member
//   process/pipe               a pipe to a child or from it
//   process/unique_fd          a descriptor with one owner
//
// 4. WHAT IS SHOWN AND KEPT: the engine calls sink::tell() for every event
//
// output: what is shown and kept
//  output/views: one sink for each way of showing
//   output/views/tee_sink        several sinks as one
//   output/views/views           what a program that uses the library sees of these
//   output/views/line_sink       host: line
//   output/views/held_line_sink  one host after the other, or only those that failed
//   output/views/summary_sink    errors, stops, counts
//   output/views/run_end         the last words
//   output/views/failure_sink    failures when they happen
//   output/views/stats_sink      --stats
//  output/screen: the pinned block
//   output/screen/progress_sink   how far the run is
//   output/screen/rollout_course  where a rollout stands
//   output/screen/screen_state    where every host stands
//   output/screen/screen_shapes   the lines that show it
//   output/screen/last_line       the last of them
//   output/screen/drawing         what they are made of
//  output/page: the page of a run
//   output/page/report_sink    --report
//   output/page/report_page    that page
//   output/page/page_timeline  its bars
//   output/page/run_bands      when each batch ran
//   output/page/html_text      text in it
//  output/record: what is kept: JSON, files, the ledger
//   output/record/json_sink        --json
//   output/record/json_event_sink  --json=events
//   output/record/host_files_sink  a file for each host
//   output/record/host_folder      where these are
//   output/record/ledger_sink      a ledger's lines
//  output/grouped: equal output once
//   output/grouped/gather_sink    identical output once
//   output/grouped/output_group   how such a group is written
//   output/grouped/line_diff      what differs in two texts
//   output/grouped/stream_digest  which streams are equal
//   output/grouped/gathered       one stream kept whole
//  output/json: values as JSON
//   output/json/result_json  a result as JSON
//   output/json/json_text    strings and base64
//   output/json/batch_json   the same as JSON
//  output/words: values in words
//   output/words/last_lines     the end of a host's output
//   output/words/labelled_line  one such line
//   output/words/distinct_names    short names that stay different
//   output/words/host_labels    labels that leave room
//   output/words/shortened_set  a folded set in few columns
//   output/words/rule_line      dashes that no host can forge
//   output/words/words          states in words
//   output/words/batch_words    batches, gates and pauses in words
//   output/words/folded_errors  the same error of many hosts
//   output/words/rerun          the command for what is left
//   output/words/stage_marks    lines that no command printed
//  output/terminal: the one writer, and what a terminal can take
//   output/terminal/text_width     columns of a text
//   output/terminal/line_splitter  bytes to lines
//   output/terminal/sanitise       control characters spelled out
//   output/terminal/shown_word     words that a shell reads again
//   output/terminal/terminal_text  hosts' lines made harmless, with their colours
//   output/terminal/terminal       its size, and whether it is ours
//   output/terminal/utf8           what is text
//   output/terminal/palette        colours
//   output/terminal/spill_file     what memory must not hold
//   output/terminal/writer         the one thread that writes
//   output/terminal/writer_state   the side of its thread
//   output/terminal/pinned_block   its last lines on a terminal
//
// 5. UNDER ALL OF IT: the nursery that owns every task
//
// coro: structured concurrency under all of it (headers in include/muster/coro)
//   coro/scope                 children and their parent
//   coro/task_state            a task from start to end
//   coro/combinators           wait_all, wait_any and friends
//   coro/wait_list             suspending and waking
//   coro/sync                  event, semaphore, queue's turnstile
//   coro/time                  sleep, deadline, manual clock
//   coro/loop                  what a context keeps
//   coro/runner                run and runner
//   coro/to_thread             blocking calls elsewhere
//   coro/exception_group       several as one
//   coro/errors                what is a cancellation; warnings about mistakes
//   coro/loop_watchdog         finds what blocks a loop
//   coro/endless_throws        finds a catch block that does
//   coro/strand                work for a context with several threads
//   coro/executor_target       which executor it is
//   coro/asio                  which Asio the library was built with
#include <cstddef>
#include <span>

#include "cli/program.hpp"

int main(int count, char** words) {
    std::span<char const* const> const all(words, static_cast<std::size_t>(count));
    return muster::cli::run_program(count > 0 ? words[0] : "", all.subspan(count > 0 ? 1 : 0));
}
