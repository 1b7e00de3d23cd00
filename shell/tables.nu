
# The commands of the Nushell plugin, made from the executable's JSON output, with the same names,
# columns and types. They are for a Nushell that has no plugin, or is of a version that the plugin
# does not support.

# Runs the executable and returns its JSON answer. If it fails, raises an error with the code and the
# hint of the answer, labelled at `span`.
def "nu-persistproc request" [span: record, words: list<string>]: nothing -> any {
    let result = ^persistproc --format json ...$words | complete
    let answer = try { $result.stdout | from json } catch { {message: $"($result.stdout)($result.stderr)"} }
    if $result.exit_code == 0 { return $answer }
    let problem = if 'message' in ($answer | columns) { $answer } else { nu-persistproc wait-problem $answer }
    error make {
        msg: $problem.message
        code: $"persistproc::($problem.code? | default internal)"
        label: {text: "request failed", span: $span}
        help: ($problem.hint? | default '')
    }
}

# Returns the problem of a wait that ended before its condition was met.
def "nu-persistproc wait-problem" [waited: record]: nothing -> record {
    let message = match $waited.reason {
        'timeout' => $"Timed out waiting for ($waited.label)."
        'daemon_stopping' => $"The daemon shut down while waiting for ($waited.label)."
        _ => $"($waited.label) ended before the condition was met."
    }
    let lines = $waited.output | each { "\n  " + $in } | str join
    {
        code: (if $waited.reason == timeout { 'timeout' } else { 'not_running' })
        message: $message
        hint: $"Last lines:($lines)"
    }
}

# Converts a process to a row of `ps`.
def "nu-persistproc row" [long: bool = false]: record -> record {
    let process = $in
    let is_alive = $process.status in [running stopping]
    let uptime = if $is_alive { (date now) - ($process.start_time | into datetime) }
    # Whole seconds, or whole milliseconds during the first second.
    let unit = if $is_alive and $uptime < 1sec { 1ms } else { 1sec }
    # A label that was not given is made of the command and the directory.
    let is_default = $process.label | str ends-with $" in ($process.working_directory)"
    let state = {
        name: (if $is_default { $process.id } else { $process.label })
        status: $process.status
        pid: (if $is_alive { $process.pid })
        uptime: (if $is_alive { $uptime - ($uptime mod $unit) })
        exit_code: $process.exit_code
    }
    let command = {
        command: ($process.command | each { nu-persistproc quote } | str join ' ')
        cwd: $process.working_directory
    }
    let ids = {id: $process.id, label: $process.label}
    if not $long { return ($state | merge $command | merge $ids) }
    let facts = $process.facts?
    let live_facts = if $is_alive { $facts }
    let measured = {
        url: $live_facts.url?
        ports: ($facts.ports? | default [])
        cpu: (if $live_facts != null { $live_facts.cpu_seconds * 1sec })
        mem: (if $live_facts != null { $live_facts.memory | into filesize })
    }
    $state | merge $measured | merge $command | merge {
        argv: $process.command
        start_time: (if $process.start_time != null { $process.start_time | into datetime })
        end_time: (if $process.end_time != null { $process.end_time | into datetime })
        signal: (if $process.signal != null { nu-persistproc signal $process.signal })
        runs: $process.run
        started_by: $process.started_by?
        stopped_by: $process.stopped_by?
        clients: ($process.facts?.clients? | default [] | each { nu-persistproc client })
        assigned_port: $process.assigned_port?
        name_url: $facts.name_url?
        tty: $process.tty
        streams: ($process.streams? | default split)
        log_path: $process.log_combined
        log_size: (if $facts != null { $facts.log_size | into filesize })
    } | merge $ids
}

# One client of a process as a row.
def "nu-persistproc client" []: record -> record {
    {
        name: $in.name
        use: $in.use
        active: $in.active
        time: ($in.time | into datetime)
        session: $in.session?
    }
}

# Quotes a word as a POSIX shell needs it.
def "nu-persistproc quote" []: string -> string {
    if $in =~ '^[\w./=:@%+,-]+$' { $in } else { "'" + ($in | str replace --all "'" "'\\''") + "'" }
}

# Returns the name of a signal, such as SIGTERM.
def "nu-persistproc signal" [number: int]: nothing -> string {
    let names = {'1': HUP, '2': INT, '3': QUIT, '6': ABRT, '9': KILL, '11': SEGV, '13': PIPE, '14': ALRM, '15': TERM}
    let name = $names | get --optional ($number | into string)
    if $name == null { $number | into string } else { $"SIG($name)" }
}

# Converts a line of output to a row of `logs`.
def "nu-persistproc line" [long: bool]: record -> record {
    let row = $in
    let line = {
        timestamp: ($row.time | into datetime)
        label: $row.label
        stream: $row.stream
        message: $row.line
    }
    if not $long { return $line }
    $line | merge {id: $row.id, run: $row.run, line: $row.number?, cursor: $row.cursor?}
}

# Returns the targets named by the arguments or, if there are none, by the pipeline input.
def "nu-persistproc targets" [arguments: list<any>, input: any, span: record]: nothing -> list<string> {
    let given = if ($arguments | is-not-empty) { $arguments } else { $input }
    if $given == null {
        error make {
            msg: "No target given."
            code: "persistproc::invalid_request"
            label: {text: "no target given", span: $span}
            help: "Name a process, or pipe some in: persistproc ps | where label =~ web | …"
        }
    }
    nu-persistproc names $given | uniq
}

# Returns the ids of the processes that flags select. Without a flag, returns the targets named by
# the arguments or the pipeline input.
def "nu-persistproc selected" [
    flags: record<here: bool, all: bool, ended: bool, lost: bool, state: string>
    arguments: list<any>
    input: any
    span: record
]: nothing -> list<string> {
    if not ($flags.here or $flags.all or $flags.ended or $flags.lost) {
        return (nu-persistproc targets $arguments $input $span)
    }
    if ($arguments | is-not-empty) {
        error make {
            msg: "A target cannot be combined with a flag that selects."
            code: "persistproc::invalid_request"
            label: {text: "target", span: $span}
            help: "Leave out the target, or the flag."
        }
    }
    let state = if $flags.lost { 'lost' } else if $flags.ended { 'ended' } else { $flags.state }
    let words = [list ...(nu-persistproc flag '--here' $flags.here)]
    nu-persistproc request $span $words | get processes | where {|process|
        let is_alive = $process.status in [running stopping]
        match $state {
            'lost' => ($process.status == lost)
            'ended' => (not $is_alive)
            'alive' => $is_alive
            _ => true
        }
    } | get id
}

# Returns the targets that a value names: a string, a number, a row, or a list of them.
def "nu-persistproc names" [value: any]: nothing -> list<string> {
    match ($value | describe --detailed | get type) {
        'string' | 'glob' => ($value | lines | str trim | where $it != '')
        'int' => [($value | into string)]
        'list' | 'table' | 'stream' => {
            mut names = []
            for item in $value { $names ++= (nu-persistproc names $item) }
            $names
        }
        'record' if 'id' in ($value | columns) => [($value.id | into string)]
        _ => (error make {
            msg: "A row without an `id` column cannot be used as a target."
            code: "persistproc::invalid_request"
            label: {text: "no `id` column", span: (metadata $value).span}
            help: "Keep the column: … | select id label | …"
        })
    }
}

# Returns a flag with a date, or a duration before now, in the executable's notation.
def "nu-persistproc time" [flag: string, value: any]: nothing -> list<string> {
    match ($value | describe) {
        'nothing' => []
        'duration' => [$flag ((date now) - $value | format date '%+')]
        'datetime' => [$flag ($value | format date '%+')]
        _ => [$flag $value]
    }
}

# Returns a flag with a duration in seconds.
def "nu-persistproc duration" [flag: string, value: any]: nothing -> list<string> {
    match ($value | describe) {
        'nothing' => []
        'duration' => [$flag ($value / 1sec | into string)]
        _ => [$flag ($value | into string)]
    }
}

# Returns a flag with its value, a switch without one, or nothing if it was not given.
def "nu-persistproc flag" [flag: string, value: any]: nothing -> list<string> {
    if $value == null or $value == false { return [] }
    if $value == true { return [$flag] }
    [$flag ($value | into string)]
}

# Show processes as a table.
#
# Includes processes that have ended. Every row has all columns; unknown values are null.
@complete "nu-complete persistproc"
def "persistproc ps" [
    --long(-l)                   # Show all columns.
    --status: string             # Show only processes with one of these statuses: running,exited.
    --pid: int                   # Show only the process with this pid.
    --command-or-label: string   # Show only processes that this target matches.
    --working-directory: path    # Show only processes in this directory.
    --all(-a)                    # No effect, as the table has all processes.
    --here                       # Show only processes in this directory and below.
    --strays                     # Show servers in project directories that persistproc did not start.
]: nothing -> table {
    if $strays {
        let answer = nu-persistproc request (metadata $strays).span [list --strays]
        return ($answer | get strays | each { nu-persistproc stray })
    }
    let words = [
        list
        ...(nu-persistproc flag '--long' $long)
        ...(nu-persistproc flag '--status' $status)
        ...(nu-persistproc flag '--pid' $pid)
        ...(nu-persistproc flag '--command-or-label' $command_or_label)
        ...(nu-persistproc flag '--working-directory' $working_directory)
        ...(nu-persistproc flag '--here' $here)
    ]
    nu-persistproc request (metadata $long).span $words | get processes | each { nu-persistproc row $long }
}
alias "persistproc list" = persistproc ps
alias "persistproc ls" = persistproc ps

# Converts a server that persistproc did not start to a row.
def "nu-persistproc stray" []: record -> record {
    let stray = $in
    let start = if $stray.start_time != null { $stray.start_time | into datetime }
    {
        name: null
        status: null
        pid: $stray.pid
        uptime: (if $start != null { let age = (date now) - $start; $age - ($age mod 1sec) })
        exit_code: null
        url: $stray.url
        ports: $stray.ports
        command: ($stray.command | each { nu-persistproc quote } | str join ' ')
        cwd: $stray.working_directory
        id: null
        label: null
        log_path: $stray.log
        stop: $stray.stop_command
    }
}

# Show which processes listen on a port, and how to stop them.
#
# Shows every process of this machine, also those that persistproc does not manage. Returns an empty
# table if nothing listens on the port.
def "persistproc port" [
    number: int                  # TCP port.
]: nothing -> table {
    let result = ^persistproc --format json port $number | complete
    let answer = try { $result.stdout | from json }
    # On failure, run the command again through `request`, which raises the error.
    let answer = if 'listeners' in ($answer | default {} | columns) { $answer } else {
        nu-persistproc request (metadata $number).span [port ($number | into string)]
    }
    $answer.listeners | each {|listener|
        {
            port: $number
            pid: $listener.pid
            id: $listener.id
            label: $listener.label
            command: (if ($listener.command | is-not-empty) { $listener.command | each { nu-persistproc quote } | str join ' ' })
            cwd: $listener.working_directory
            start_time: (if $listener.start_time != null { $listener.start_time | into datetime })
            stop: $listener.stop_command
        }
    }
}

# Show the output of processes, one row per line.
#
# Shows the last 100 lines of each process, or all lines since `--since`, unless `--lines` is given.
@complete "nu-complete persistproc"
def "persistproc logs" [
    ...target: any               # Ids, pids, labels or commands (default: those from the pipeline).
    --here                       # Act on all processes of this directory and below.
    --all                        # Act on all processes.
    --long(-l)                   # Add the columns id, run, line and cursor.
    --follow(-f)                 # Keep showing new lines until the process ends or Ctrl+C is pressed.
    --raw(-r)                    # Show the unmodified bytes, including escape sequences.
    --lines(-n): any             # Number of lines per process, or `all`.
    --since: oneof<duration, datetime>   # Show lines from this date on, or no older than this duration.
    --before: oneof<duration, datetime>  # Show lines before this date, or older than this duration.
    --after: string              # Show only lines after this cursor.
    --from-line: int             # Show only lines from this number on.
    --stream: string             # Output stream: stdout, stderr or combined.
    --grep: string               # Show only lines that match this regular expression.
    --context(-C): int           # Number of lines to show around each match of --grep, or around --from-line.
    --run: int                   # Number of the run to show (default: the latest).
    --working-directory: path    # Consider only processes in this directory and below.
]: any -> any {
    let input = $in
    let selection = {here: $here, all: $all, ended: false, lost: false, state: any}
    let is_bare = $input == null and ($target | is-empty) and not ($here or $all)
    let targets = if $is_bare { [] } else { nu-persistproc selected $selection $target $input (metadata $long).span }
    let lines = $lines | default (if $since != null { 'all' })
    let flags = [
        ...(nu-persistproc flag '--lines' $lines)
        ...(nu-persistproc flag '--follow' $follow)
        ...(nu-persistproc time '--since-time' $since)
        ...(nu-persistproc time '--before-time' $before)
        ...(nu-persistproc flag '--after' $after)
        ...(nu-persistproc flag '--from-line' $from_line)
        ...(nu-persistproc flag '--stream' $stream)
        ...(nu-persistproc flag '--grep' $grep)
        ...(nu-persistproc flag '--context' $context)
        ...(nu-persistproc flag '--run' $run)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    if $raw and $is_bare { return (^persistproc output --raw ...$flags) }
    if $raw { return (^persistproc output --raw ...$flags '--' ...$targets) }
    if $is_bare and $follow { return (^persistproc output --rows ...$flags | lines | each { from json | nu-persistproc line $long }) }
    if $is_bare { return (nu-persistproc lines $flags [] $long (metadata $long).span) }
    match $targets {
        [] => []
        # A stream, whose rows come as they are printed.
        [$name] if $follow => (^persistproc output --rows ...$flags '--' $name | lines | each { from json | nu-persistproc line $long })
        [$name] => (nu-persistproc lines $flags [$name] $long (metadata $long).span)
        _ if $follow => (error make {
            msg: "Following several processes at once needs the Nushell plugin."
            code: "persistproc::invalid_request"
            help: "Name one process, or install the plugin with `persistproc init nu --install`."
        })
        _ => ($targets | each {|name| nu-persistproc lines $flags [$name] $long (metadata $long).span } | flatten | sort-by timestamp)
    }
}
alias "persistproc output" = persistproc logs

# Returns the output of one process as rows; without a target, of those of this directory.
def "nu-persistproc lines" [flags: list<string>, target: list<string>, long: bool, span: record]: nothing -> table {
    let words = if ($target | is-empty) { [] } else { ['--' ...$target] }
    let result = ^persistproc --format json output --rows ...$flags ...$words | complete
    # On failure, run the command again through `request`, which raises the error.
    if $result.exit_code != 0 { nu-persistproc request $span [output ...$flags ...$words] }
    $result.stdout | lines | each { from json | nu-persistproc line $long }
}

# Search the output of processes, newest match first.
#
# Searches all runs whose logs are kept, including those of ended processes. With pipeline input,
# searches only the processes in it.
def "persistproc search" [
    pattern: string              # Regular expression; case-insensitive if it has no capital letters.
    --long(-l)                   # Add the columns id, run, line and cursor.
    --lines(-n): int             # Maximum number of matches (default: 100).
    --stream: string             # Output stream: stdout, stderr or combined.
    --since: oneof<duration, datetime>   # Show lines from this date on, or no older than this duration.
    --before: oneof<duration, datetime>  # Show lines before this date, or older than this duration.
    --label: string              # Search only the process with exactly this label.
    --target: string             # Search only processes that this target matches.
    --status: string             # Search only processes with one of these statuses: running,exited.
    --working-directory: path    # Search only processes in this directory.
]: any -> table {
    let input = $in
    let flags = [
        ...(nu-persistproc flag '--lines' $lines)
        ...(nu-persistproc flag '--stream' $stream)
        ...(nu-persistproc time '--since-time' $since)
        ...(nu-persistproc time '--before-time' $before)
        ...(nu-persistproc flag '--label' $label)
        ...(nu-persistproc flag '--status' $status)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    let span = (metadata $pattern).span
    let targets = if $input != null { nu-persistproc names $input } else { [$target] }
    $targets
    | each {|name| nu-persistproc request $span [search ...$flags ...(nu-persistproc flag '--target' $name) '--' $pattern] | get matches }
    | flatten
    | sort-by --reverse time
    | each { nu-persistproc line $long }
}

# Show new errors, unexpected ends and recoveries.
#
# Shows all processes unless targets are given. An error is news if the process has not printed one like it
# before.
def "persistproc news" [
    ...target: any               # Ids, pids, labels or commands (default: those from the pipeline, or all).
    --follow(-f)                 # Keep showing news as they happen, until Ctrl+C is pressed.
    --after: string              # Show only what came after this cursor.
    --working-directory: path    # Consider only processes in this directory and below.
]: any -> any {
    let input = $in
    let is_bare = $input == null and ($target | is-empty)
    let names = if $is_bare { [] } else if ($target | is-empty) { nu-persistproc names $input } else { $target | each { into string } }
    let flags = [
        ...(nu-persistproc flag '--follow' $follow)
        ...(nu-persistproc flag '--after' $after)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    if not $is_bare and ($names | is-empty) { return [] }
    if $follow {
        return (^persistproc --format json news ...$flags '--' ...$names | lines | each { from json | get news } | flatten | each { nu-persistproc piece })
    }
    nu-persistproc request (metadata $target).span [news ...$flags '--' ...$names] | get news | each { nu-persistproc piece }
}

# One piece of news as a row.
def "nu-persistproc piece" []: record -> record {
    {
        timestamp: ($in.time | into datetime)
        label: $in.label
        kind: $in.kind
        message: $in.line
        place: ($in.place? | default null)
        more: ($in.more? | default 0)
        id: $in.id
        run: $in.run
        cursor: $in.cursor
    }
}

# Show which messages of processes are new, and which are gone.
#
# Compares the latest run with the last run before it that did not fail, or the output since the last rebuild
# with the output before it.
def "persistproc changes" [
    ...target: any               # Ids, pids, labels or commands (default: those from the pipeline).
    --against: int               # Compare with the run that has this number.
    --working-directory: path    # Consider only processes in this directory and below.
]: any -> any {
    let input = $in
    let span = (metadata $target).span
    let flags = [
        ...(nu-persistproc flag '--against' $against)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    mut rows = []
    for name in (nu-persistproc targets $target $input $span) {
        $rows ++= (nu-persistproc request $span [changes ...$flags '--' $name] | nu-persistproc changed)
    }
    $rows
}

# The changes of a process as rows.
def "nu-persistproc changed" []: record -> list {
    let changes = $in
    let lines = {|change: string| $changes | get $change | each { insert change $change } }
    [...(do $lines new) ...(do $lines gone)] | each {|line|
        {
            timestamp: ($line.time | into datetime)
            label: $changes.label
            change: $line.change
            message: $line.line
            place: ($line.place? | default null)
            count: $line.count
            is_error: $line.is_error
            id: $changes.id
            run: $changes.run
            against: $changes.against
            cursor: $line.cursor
        }
    }
}

# Start a program in the background, unless it is already running.
#
# Flags of persistproc come before the program. All arguments after its name are passed to it.
@complete "nu-complete persistproc"
def --wrapped "persistproc start" [...words: string]: nothing -> table {
    [(nu-persistproc request (metadata $words).span [start ...$words] | nu-persistproc row)]
}

# Runs a command of the executable for each target and returns the processes as rows.
def "nu-persistproc each" [span: record, command: list<string>, targets: list<string>]: nothing -> table {
    mut rows = []
    for name in $targets {
        $rows ++= [(nu-persistproc request $span [...$command '--' $name] | nu-persistproc row)]
    }
    $rows
}

# Stop processes and everything they started.
#
# Sends SIGTERM, then SIGKILL after the timeout. Returns when the whole process trees have ended.
@complete "nu-complete persistproc"
def "persistproc stop" [
    ...target: any               # Ids, pids, labels or commands (default: those from the pipeline).
    --here                       # Act on all processes of this directory and below.
    --all                        # Act on all processes.
    --force                      # Send SIGKILL at once.
    --timeout: oneof<duration, number>   # How long to wait before SIGKILL (default: 8sec).
    --working-directory: path    # Consider only processes in this directory and below.
]: any -> table {
    let input = $in
    let span = (metadata $force).span
    let selection = {here: $here, all: $all, ended: false, lost: false, state: alive}
    # Without a target: the one process that runs here.
    if $input == null and ($target | is-empty) and not ($here or $all) {
        let flags = [...(nu-persistproc flag '--force' $force) ...(nu-persistproc duration '--timeout' $timeout)]
        return [(nu-persistproc request $span [stop ...$flags] | nu-persistproc row)]
    }
    let targets = nu-persistproc selected $selection $target $input $span
    # Processes from the pipeline that have already ended are returned unchanged.
    let ended = if ($target | is-empty) { persistproc ps | where status not-in [running stopping] } else { [] }
    let flags = [
        ...(nu-persistproc flag '--force' $force)
        ...(nu-persistproc duration '--timeout' $timeout)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    mut rows = []
    for name in $targets {
        let known = $ended | where id == $name
        $rows ++= (if ($known | is-empty) { nu-persistproc each $span [stop ...$flags] [$name] } else { $known })
    }
    $rows
}

# Restart processes.
#
# Stops the current run of a process, if any, and starts a new one.
@complete "nu-complete persistproc"
def "persistproc restart" [
    ...target: any               # Ids, pids, labels or commands (default: those from the pipeline).
    --here                       # Act on all processes of this directory and below.
    --all                        # Act on all processes.
    --ended                      # Act on processes that have ended; with --here, on those of this directory.
    --lost                       # Act on processes that are lost, for example after a reboot.
    --force                      # Send SIGKILL at once.
    --timeout: oneof<duration, number>   # How long to wait before SIGKILL (default: 8sec).
    --wait-for: string           # What to wait for: ready, port, pattern, exit, quiet or change.
    --wait-pattern: string       # Wait for a line that matches this regular expression.
    --wait-port: int             # Wait until this port of the process accepts connections.
    --wait-timeout: oneof<duration, number>  # How long to wait at most (default: 30sec).
    --working-directory: path    # Consider only processes in this directory and below.
]: any -> table {
    let input = $in
    let span = (metadata $force).span
    let flags = [
        ...(nu-persistproc flag '--force' $force)
        ...(nu-persistproc duration '--timeout' $timeout)
        ...(nu-persistproc flag '--wait-for' $wait_for)
        ...(nu-persistproc flag '--wait-pattern' $wait_pattern)
        ...(nu-persistproc flag '--wait-port' $wait_port)
        ...(nu-persistproc duration '--wait-timeout' $wait_timeout)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    # Without a target: the one process of this directory.
    if $input == null and ($target | is-empty) and not ($here or $all or $ended or $lost) {
        return [(nu-persistproc request $span [restart ...$flags] | nu-persistproc row)]
    }
    let selection = {here: $here, all: $all, ended: $ended, lost: $lost, state: alive}
    nu-persistproc each $span [restart ...$flags] (nu-persistproc selected $selection $target $input $span)
}

# Wait until processes are ready, print a line or end.
@complete "nu-complete persistproc"
def "persistproc wait" [
    ...target: any               # Ids, pids, labels or commands (default: those from the pipeline).
    --for: string                # What to wait for: ready, port, pattern, exit, quiet or change.
    --pattern: string            # Wait for a line that matches this regular expression.
    --port: int                  # Wait until this port of the process accepts connections.
    --quiet-for: oneof<duration, number>     # Wait until there was no output for this long.
    --after: string              # Consider only output after this cursor.
    --timeout: oneof<duration, number>       # How long to wait at most (default: 30sec).
    --working-directory: path    # Consider only processes in this directory and below.
]: any -> table {
    let input = $in
    let span = (metadata $target).span
    let flags = [
        ...(nu-persistproc flag '--for' $for)
        ...(nu-persistproc flag '--pattern' $pattern)
        ...(nu-persistproc flag '--port' $port)
        ...(nu-persistproc duration '--quiet-for' $quiet_for)
        ...(nu-persistproc flag '--after' $after)
        ...(nu-persistproc duration '--timeout' $timeout)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    mut rows = []
    for name in (nu-persistproc targets $target $input $span) {
        let waited = nu-persistproc request $span [wait ...$flags '--' $name]
        $rows ++= [($waited | nu-persistproc row | merge {
            reason: $waited.reason
            matched_line: $waited.matched_line
            ports: $waited.ports
            url: $waited.url
            waited: ($waited.waited_seconds * 1sec)
        })]
    }
    $rows
}

# Send text to the standard input of a process.
#
# Without text, a string or binary value from the pipeline is sent unchanged.
@complete "nu-complete persistproc"
def "persistproc send" [
    ...words: any                # The target, then the text.
    --no-newline                 # Do not add a newline to the text.
    --eof                        # Close the standard input afterwards.
    --working-directory: path    # Consider only processes in this directory and below.
]: any -> table {
    let input = $in
    let span = (metadata $words).span
    let flags = [
        ...(nu-persistproc flag '--no-newline' $no_newline)
        ...(nu-persistproc flag '--eof' $eof)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    let kind = $input | describe --detailed | get type
    if $kind in [nothing string binary] {
        let target = nu-persistproc targets ($words | first 1) null $span | first
        let text = $words | skip 1 | each { into string }
        if $input == null or ($text | is-not-empty) {
            [(nu-persistproc request $span [send ...$flags '--' $target ...$text] | nu-persistproc row)]
        } else {
            [($input | ^persistproc --format json send ...$flags '--' $target '-' | from json | nu-persistproc row)]
        }
    } else {
        let text = $words | each { into string }
        nu-persistproc targets [] $input $span
        | each {|name| nu-persistproc request $span [send ...$flags '--' $name ...$text] | nu-persistproc row }
    }
}

# Send a signal to processes.
@complete "nu-complete persistproc"
def "persistproc signal" [
    signal: string               # Name of the signal, with or without SIG: HUP, SIGUSR1.
    ...target: any               # Ids, pids, labels or commands (default: those from the pipeline).
    --working-directory: path    # Consider only processes in this directory and below.
]: any -> table {
    let input = $in
    let span = (metadata $signal).span
    let flags = nu-persistproc flag '--working-directory' $working_directory
    nu-persistproc each $span [signal ...$flags $signal] (nu-persistproc targets $target $input $span)
}

# Remove ended processes and their logs.
@complete "nu-complete persistproc"
def "persistproc forget" [
    ...target: any               # Ids, pids, labels or commands (default: those from the pipeline).
    --here                       # Act on all ended processes of this directory and below.
    --ended                      # Act on processes that have ended; with --here, on those of this directory.
    --lost                       # Act on processes that are lost, for example after a reboot.
    --working-directory: path    # Consider only processes in this directory and below.
]: any -> table {
    let input = $in
    let span = (metadata $target).span
    let flags = nu-persistproc flag '--working-directory' $working_directory
    let selection = {here: $here, all: false, ended: $ended, lost: $lost, state: ended}
    nu-persistproc each $span [forget ...$flags] (nu-persistproc selected $selection $target $input $span)
}
