
# The tables of the plugin over the executable's JSON, for where there is no plugin or one of
# another Nushell: the same names, the same columns, the same types.

# What the executable answers; what goes wrong is an error with its code and its next step.
def "nu-persistproc ask" [culprit: record, words: list<string>]: nothing -> any {
    let got = ^persistproc --format json ...$words | complete
    let answer = try { $got.stdout | from json } catch { {message: $"($got.stdout)($got.stderr)"} }
    if $got.exit_code == 0 { return $answer }
    let problem = if 'message' in ($answer | columns) { $answer } else { nu-persistproc missed $answer }
    error make {
        msg: $problem.message
        code: $"persistproc::($problem.code? | default internal)"
        label: {text: "this failed", span: $culprit}
        help: ($problem.hint? | default '')
    }
}

# A wait that was for nothing.
def "nu-persistproc missed" [waited: record]: nothing -> record {
    let last = $waited.output | each { "\n  " + $in } | str join
    let code = if $waited.reason == timeout { 'timeout' } else { 'not_running' }
    {code: $code, message: $"($waited.label) did not get there: ($waited.reason).", hint: $"Its last lines:($last)"}
}

# A process with the columns of `ps`.
def "nu-persistproc row" [long: bool = false]: record -> record {
    let p = $in
    let alive = $p.status in [running stopping]
    let age = if $alive { (date now) - ($p.start_time | into datetime) }
    let unit = if $alive and $age < 1sec { 1ms } else { 1sec }
    let row = {
        id: $p.id
        label: $p.label
        status: $p.status
        pid: (if $alive { $p.pid })
        exit_code: $p.exit_code
        uptime: (if $alive { $age - ($age mod $unit) })
        command: ($p.command | each { nu-persistproc word } | str join ' ')
    }
    if not $long { return $row }
    let facts = $p.facts?
    let living = if $alive { $facts }
    $row | merge {
        cwd: $p.working_directory
        argv: $p.command
        start_time: (if $p.start_time != null { $p.start_time | into datetime })
        end_time: (if $p.end_time != null { $p.end_time | into datetime })
        signal: (if $p.signal != null { nu-persistproc signal $p.signal })
        runs: $p.run
        cpu: (if $living != null { $living.cpu_seconds * 1sec })
        mem: (if $living != null { $living.memory | into filesize })
        ports: ($facts.ports? | default [])
        tty: $p.tty
        log_path: $p.log_combined
        log_size: (if $facts != null { $facts.log_size | into filesize })
    }
}

def "nu-persistproc word" []: string -> string {
    if $in =~ '^[\w./=:@%+,-]+$' { $in } else { "'" + ($in | str replace --all "'" "'\\''") + "'" }
}

def "nu-persistproc signal" [number: int]: nothing -> string {
    let names = {'1': HUP, '2': INT, '3': QUIT, '6': ABRT, '9': KILL, '11': SEGV, '13': PIPE, '14': ALRM, '15': TERM}
    let name = $names | get --optional ($number | into string)
    if $name == null { $number | into string } else { $"SIG($name)" }
}

# A line with the columns of `logs`.
def "nu-persistproc line" [long: bool]: record -> record {
    let row = $in
    let line = {
        timestamp: ($row.time | into datetime)
        label: $row.label
        stream: $row.stream
        message: $row.line
    }
    if not $long { return $line }
    $line | merge {id: $row.id, run: $row.run, line: $row.number?, cursor: $row.cursor}
}

# What names processes: words, or what comes through the pipeline.
def "nu-persistproc targets" [given: list<any>, piped: any, culprit: record]: nothing -> list<string> {
    let named = if ($given | is-not-empty) { $given } else { $piped }
    if $named == null {
        error make {
            msg: "No process is named."
            code: "persistproc::invalid_request"
            label: {text: "this cannot be understood", span: $culprit}
            help: "Name one, or pipe some: persistproc ps | where label =~ web | …"
        }
    }
    nu-persistproc names $named | uniq
}

def "nu-persistproc names" [value: any]: nothing -> list<string> {
    match ($value | describe --detailed | get type) {
        'string' | 'glob' => ($value | lines | str trim | where $it != '')
        'int' => [($value | into string)]
        'list' | 'table' | 'stream' => {
            mut names = []
            for one in $value { $names ++= (nu-persistproc names $one) }
            $names
        }
        'record' if 'id' in ($value | columns) => [($value.id | into string)]
        _ => (error make {
            msg: "A row has no `id` column, so it names no process."
            code: "persistproc::invalid_request"
            label: {text: "this cannot be understood", span: (metadata $value).span}
            help: "Keep the column: … | select id label | …"
        })
    }
}

# A point in time, or how long ago, as the executable reads it.
def "nu-persistproc moment" [flag: string, value: any]: nothing -> list<string> {
    match ($value | describe) {
        'nothing' => []
        'duration' => [$flag ((date now) - $value | format date '%+')]
        'datetime' => [$flag ($value | format date '%+')]
        _ => [$flag $value]
    }
}

def "nu-persistproc seconds" [flag: string, value: any]: nothing -> list<string> {
    match ($value | describe) {
        'nothing' => []
        'duration' => [$flag ($value / 1sec | into string)]
        _ => [$flag ($value | into string)]
    }
}

def "nu-persistproc flag" [flag: string, value: any]: nothing -> list<string> {
    if $value == null or $value == false { [] } else if $value == true { [$flag] } else { [$flag ($value | into string)] }
}

# List the processes that persistproc keeps, running or not.
@complete "nu-complete persistproc"
def "persistproc ps" [
    --long(-l)                   # Also what has to be measured.
    --status: string             # Only processes in this status.
    --pid: int                   # Only the process with this pid.
    --command-or-label: string   # Only those this names.
    --working-directory: path    # Only those of this place.
]: nothing -> table {
    let words = [
        list
        ...(nu-persistproc flag '--long' $long)
        ...(nu-persistproc flag '--status' $status)
        ...(nu-persistproc flag '--pid' $pid)
        ...(nu-persistproc flag '--command-or-label' $command_or_label)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    nu-persistproc ask (metadata $long).span $words | get processes | each { nu-persistproc row $long }
}
alias "persistproc list" = persistproc ps
alias "persistproc ls" = persistproc ps

# Show what processes printed, a row for each line.
@complete "nu-complete persistproc"
def "persistproc logs" [
    ...target: any               # Ids, pids, labels or commands; without any, those of the pipeline.
    --long(-l)                   # Also id, run, line and cursor.
    --follow(-f)                 # Go on with what comes, until it ends or Ctrl+C.
    --raw(-r)                    # The very bytes, escape sequences and all.
    --lines(-n): any             # How many lines of each: a number, or `all`.
    --since: oneof<duration, datetime>   # Only lines from then on.
    --before: oneof<duration, datetime>  # Only lines before then.
    --after: string              # Only what came after this cursor.
    --stream: string             # stdout, stderr, or combined.
    --grep: string               # Only lines that match; lower case is both.
    --context(-C): int           # So many lines around each match.
    --run: int                   # A run by its number.
    --working-directory: path    # Look there first.
]: any -> any {
    let piped = $in
    let all = nu-persistproc targets $target $piped (metadata $long).span
    let lines = $lines | default (if $since != null { 'all' })
    let flags = [
        ...(nu-persistproc flag '--lines' $lines)
        ...(nu-persistproc flag '--follow' $follow)
        ...(nu-persistproc moment '--since-time' $since)
        ...(nu-persistproc moment '--before-time' $before)
        ...(nu-persistproc flag '--after' $after)
        ...(nu-persistproc flag '--stream' $stream)
        ...(nu-persistproc flag '--grep' $grep)
        ...(nu-persistproc flag '--context' $context)
        ...(nu-persistproc flag '--run' $run)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    if $raw { return (^persistproc output --raw ...$flags '--' ...$all) }
    match $all {
        [] => []
        # As they come.
        [$one] if $follow => (^persistproc output --rows ...$flags '--' $one | lines | each { from json | nu-persistproc line $long })
        [$one] => (nu-persistproc lines $flags $one $long (metadata $long).span)
        _ if $follow => (error make {
            msg: "Several processes are followed at once by the plugin only."
            code: "persistproc::invalid_request"
            help: "Name one, or install the plugin: persistproc init nu --install"
        })
        _ => ($all | each {|one| nu-persistproc lines $flags $one $long (metadata $long).span } | flatten | sort-by timestamp)
    }
}
alias "persistproc output" = persistproc logs

def "nu-persistproc lines" [flags: list<string>, target: string, long: bool, culprit: record]: nothing -> table {
    let got = ^persistproc --format json output --rows ...$flags '--' $target | complete
    if $got.exit_code != 0 { nu-persistproc ask $culprit [output ...$flags '--' $target] }
    $got.stdout | lines | each { from json | nu-persistproc line $long }
}

# Search what processes printed, newest first.
def "persistproc search" [
    pattern: string              # A regular expression; lower case matches both cases.
    --long(-l)                   # Also id, run, line and cursor.
    --lines(-n): int             # How many at most.
    --stream: string             # stdout, stderr, or combined.
    --since: oneof<duration, datetime>   # Only lines from then on.
    --before: oneof<duration, datetime>  # Only lines before then.
    --label: string              # Only of the process with this label.
    --target: string             # Only of processes that this names.
    --status: string             # Only of processes in this status.
    --working-directory: path    # Only of this place.
]: any -> table {
    let piped = $in
    let flags = [
        ...(nu-persistproc flag '--lines' $lines)
        ...(nu-persistproc flag '--stream' $stream)
        ...(nu-persistproc moment '--since-time' $since)
        ...(nu-persistproc moment '--before-time' $before)
        ...(nu-persistproc flag '--label' $label)
        ...(nu-persistproc flag '--status' $status)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    let culprit = (metadata $pattern).span
    let targets = if $piped != null { nu-persistproc names $piped } else { [$target] }
    $targets
    | each {|one| nu-persistproc ask $culprit [search ...$flags ...(nu-persistproc flag '--target' $one) '--' $pattern] | get matches }
    | flatten
    | sort-by --reverse time
    | each { nu-persistproc line $long }
}

# Start a program in the background, unless it runs already.
#
# Flags of persistproc stand before the program; everything after its name belongs to it.
@complete "nu-complete persistproc"
def --wrapped "persistproc start" [...words: string]: nothing -> table {
    [(nu-persistproc ask (metadata $words).span [start ...$words] | nu-persistproc row)]
}

def "nu-persistproc each" [culprit: record, verb: list<string>, all: list<string>]: nothing -> table {
    mut rows = []
    for one in $all { $rows ++= [(nu-persistproc ask $culprit [...$verb '--' $one] | nu-persistproc row)] }
    $rows
}

# Stop processes and everything they started.
@complete "nu-complete persistproc"
def "persistproc stop" [
    ...target: any               # Ids, pids, labels or commands; without any, those of the pipeline.
    --force                      # Kill at once, without asking first.
    --timeout: oneof<duration, number>   # How long to wait before killing.
    --working-directory: path    # Look there first.
]: any -> table {
    let piped = $in
    let culprit = (metadata $force).span
    let all = nu-persistproc targets $target $piped $culprit
    # One that came through the pipeline and has ended already is as good.
    let ended = if ($target | is-empty) { persistproc ps | where status not-in [running stopping] } else { [] }
    let flags = [
        ...(nu-persistproc flag '--force' $force)
        ...(nu-persistproc seconds '--timeout' $timeout)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    mut rows = []
    for one in $all {
        let known = $ended | where id == $one
        $rows ++= (if ($known | is-empty) { nu-persistproc each $culprit [stop ...$flags] [$one] } else { $known })
    }
    $rows
}

# Start a new run of processes, ending the present one first.
@complete "nu-complete persistproc"
def "persistproc restart" [
    ...target: any               # Ids, pids, labels or commands; without any, those of the pipeline.
    --force                      # Kill at once, without asking first.
    --timeout: oneof<duration, number>   # How long to wait before killing.
    --wait-for: string           # Return when it is `ready`, or `port`, `pattern`, `exit`, `quiet`.
    --wait-pattern: string       # Return when a line matches this.
    --wait-port: int             # Return when this port of it accepts.
    --wait-timeout: oneof<duration, number>  # How long to wait at most.
    --working-directory: path    # Look there first.
]: any -> table {
    let piped = $in
    let culprit = (metadata $force).span
    let flags = [
        ...(nu-persistproc flag '--force' $force)
        ...(nu-persistproc seconds '--timeout' $timeout)
        ...(nu-persistproc flag '--wait-for' $wait_for)
        ...(nu-persistproc flag '--wait-pattern' $wait_pattern)
        ...(nu-persistproc flag '--wait-port' $wait_port)
        ...(nu-persistproc seconds '--wait-timeout' $wait_timeout)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    nu-persistproc each $culprit [restart ...$flags] (nu-persistproc targets $target $piped $culprit)
}

# Wait until processes are ready, print something or end.
@complete "nu-complete persistproc"
def "persistproc wait" [
    ...target: any               # Ids, pids, labels or commands; without any, those of the pipeline.
    --for: string                # ready, port, pattern, exit or quiet.
    --pattern: string            # For a line that matches this.
    --port: int                  # For this port of it, and no other.
    --quiet-for: oneof<duration, number>     # For so long without output.
    --after: string              # Only for output after this cursor.
    --timeout: oneof<duration, number>       # How long at most.
    --working-directory: path    # Look there first.
]: any -> table {
    let piped = $in
    let culprit = (metadata $target).span
    let flags = [
        ...(nu-persistproc flag '--for' $for)
        ...(nu-persistproc flag '--pattern' $pattern)
        ...(nu-persistproc flag '--port' $port)
        ...(nu-persistproc seconds '--quiet-for' $quiet_for)
        ...(nu-persistproc flag '--after' $after)
        ...(nu-persistproc seconds '--timeout' $timeout)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    mut rows = []
    for one in (nu-persistproc targets $target $piped $culprit) {
        let waited = nu-persistproc ask $culprit [wait ...$flags '--' $one]
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

# Type a line into a process.
@complete "nu-complete persistproc"
def "persistproc send" [
    ...words: any                # The target and the text.
    --no-newline                 # Send the text alone, without an Enter after it.
    --eof                        # Close its standard input afterwards.
    --working-directory: path    # Look there first.
]: any -> table {
    let piped = $in
    let culprit = (metadata $words).span
    let flags = [
        ...(nu-persistproc flag '--no-newline' $no_newline)
        ...(nu-persistproc flag '--eof' $eof)
        ...(nu-persistproc flag '--working-directory' $working_directory)
    ]
    let kind = $piped | describe --detailed | get type
    if $kind in [nothing string binary] {
        let target = nu-persistproc targets ($words | first 1) null $culprit | first
        let text = $words | skip 1 | each { into string }
        if $piped == null or ($text | is-not-empty) {
            [(nu-persistproc ask $culprit [send ...$flags '--' $target ...$text] | nu-persistproc row)]
        } else {
            [($piped | ^persistproc --format json send ...$flags '--' $target '-' | from json | nu-persistproc row)]
        }
    } else {
        let text = $words | each { into string }
        nu-persistproc targets [] $piped $culprit
        | each {|one| nu-persistproc ask $culprit [send ...$flags '--' $one ...$text] | nu-persistproc row }
    }
}

# Send a signal to processes.
@complete "nu-complete persistproc"
def "persistproc signal" [
    signal: string               # Its name, with or without SIG: HUP, SIGUSR1.
    ...target: any               # Ids, pids, labels or commands; without any, those of the pipeline.
    --working-directory: path    # Look there first.
]: any -> table {
    let piped = $in
    let culprit = (metadata $signal).span
    let flags = nu-persistproc flag '--working-directory' $working_directory
    nu-persistproc each $culprit [signal ...$flags $signal] (nu-persistproc targets $target $piped $culprit)
}

# Forget ended processes and their logs.
@complete "nu-complete persistproc"
def "persistproc forget" [
    ...target: any               # Ids, pids, labels or commands; without any, those of the pipeline.
    --working-directory: path    # Look there first.
]: any -> table {
    let piped = $in
    let culprit = (metadata $target).span
    let flags = nu-persistproc flag '--working-directory' $working_directory
    nu-persistproc each $culprit [forget ...$flags] (nu-persistproc targets $target $piped $culprit)
}
