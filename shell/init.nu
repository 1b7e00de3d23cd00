# Nushell integration for persistproc, printed by `persistproc init nu`. Nushell parses a whole file
# before it runs any of it, so config.nu cannot load the output of a command. This script belongs in
# the vendor autoload directory, which Nushell reads at startup:
#   persistproc init nu --install
# or by hand, which does not register the plugin:
#   persistproc init nu | save --force ($nu.data-dir | path join vendor/autoload/persistproc.nu)

# Completes a persistproc command line. `persistproc __complete` prints a directive, then one
# candidate per line; it asks the daemon for targets but never starts one.
def "nu-complete persistproc" [words: list<string>] {
    # Nushell passes a command name of several words, such as `persistproc stop`, as one word.
    let words = ($words | first | split row ' ') ++ ($words | skip 1)
    let answer = ^persistproc __complete ...($words | skip 1) | complete | get stdout | lines
    if ($answer | is-empty) { return null }
    let directive = $answer | first | split row ' '
    let candidates = $answer | skip 1 | split column "\t" value description
    match $directive.0 {
        'program' => {
            # Complete the program as if it were alone on the line.
            # The scripts of the project, if no completer of the user knows the program.
            let has_completer = $env.config.completions?.external?.completer? != null
            if ($candidates | is-not-empty) and not $has_completer { return $candidates }
            let line = $words | skip (1 + ($directive.1 | into int)) | str join ' '
            let completions = $line | commandline complete --detailed
            if ($completions | is-empty) { null } else { $completions | select value description }
        }
        'first' | 'words' => ($candidates | update value { nu-complete persistproc word })
        'directory' => null
        _ => []
    }
}

# Quotes a string, if needed, so that Nushell parses it as one word.
def "nu-complete persistproc word" []: string -> string {
    if $in =~ '^[\w./:@+-]+$' and $in !~ '^[0-9+.]' { $in } else { $in | to nuon }
}

# The externs declare no parameters, so Nushell passes all arguments on as they were typed.
@complete "nu-complete persistproc"
extern persistproc []

@complete "nu-complete persistproc"
extern pp []

# Returns the file in which `pp-wrap` keeps its aliases.
def "pp-wrap file" []: nothing -> string {
    $nu.user-autoload-dirs | first | path join persistproc-wrap.nu
}

# Returns the line that wraps these words: an alias for `persistproc run`.
def "pp-wrap alias" [words: list<string>]: nothing -> string {
    let line = $words | str join ' '
    if $line !~ '^[\w./:@=+][\w ./:@=+-]*$' or ($words | any { $in =~ ' ' }) {
        error make --unspanned {
            msg: $"Cannot wrap '($line)'."
            help: "Use plain words. Example: pp-wrap npm run dev"
        }
    }
    $'alias "($line)" = ^persistproc run -- ($line)'
}

# Fails if the first word is a command of Nushell: the alias would hide it.
def "pp-wrap check-program" [words: list<string>]: nothing -> nothing {
    let first = $words | first
    let builtins = scope commands | where name == $first and type in [built-in keyword plugin]
    if ($builtins | is-not-empty) or $first in [persistproc pp] {
        error make --unspanned {
            msg: $"Cannot wrap '($first)', because it is part of the shell."
            help: "Only programs can be wrapped. Example: pp-wrap npm run dev"
        }
    }
}

# Run a command under persistproc whenever it is typed at a prompt.
#
# Takes effect in the next shell. To bypass it, put ^ in front of the command. Without arguments,
# lists the wrapped commands.
@example "Run every `npm run dev` under persistproc" { pp-wrap npm run dev }
def --wrapped pp-wrap [...words: string]: nothing -> nothing {
    let file = pp-wrap file
    if ($words | is-empty) {
        if ($file | path exists) {
            print (open --raw $file | lines | parse 'alias "{words}" = {_}' | get words | str join "\n")
        }
        return
    }
    let line = pp-wrap alias $words
    pp-wrap check-program $words
    let known = if ($file | path exists) { open --raw $file | lines } else { [] }
    if $line not-in $known {
        mkdir ($file | path dirname)
        $known | append $line | str join "\n" | $in + "\n" | save --force $file
    }
    print $"Takes effect in the next shell. To wrap it in this shell, run:\n($line)"
}

# Undo `pp-wrap` for a command.
#
# Takes effect in the next shell.
def --wrapped pp-unwrap [...words: string]: nothing -> nothing {
    let line = pp-wrap alias $words
    let file = pp-wrap file
    let known = if ($file | path exists) { open --raw $file | lines } else { [] }
    if $line not-in $known {
        error make --unspanned {
            msg: $"($words | str join ' ') is not wrapped."
            help: $"Run `pp-wrap` to list the wrapped commands, which are kept in ($file)."
        }
    }
    $known | where $it != $line | each { $in + "\n" } | str join | save --force $file
    print "Takes effect in the next shell."
}

# Nushell caches the completions of a line across prompts. To ask persistproc each time, add to
# config.nu:
# $env.config.completions.cache_size = 0
