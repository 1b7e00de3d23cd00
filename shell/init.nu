# persistproc for Nushell, written by `persistproc init nu`. It has to lie where Nushell looks when
# it starts, as it reads all before it runs anything:
#   persistproc init nu --install
# or by hand:
#   persistproc init nu | save --force ($nu.data-dir | path join vendor/autoload/persistproc.nu)

# What comes next after the words of the line; the program asks the daemon, if there is one.
def "nu-complete persistproc" [words: list<string>] {
    # A command of several words comes as one.
    let words = ($words | first | split row ' ') ++ ($words | skip 1)
    let answer = ^persistproc __complete ...($words | skip 1) | complete | get stdout | lines
    if ($answer | is-empty) { return null }
    let next = $answer | first | split row ' '
    let ours = $answer | skip 1 | split column "\t" value description
    match $next.0 {
        'program' => {
            let line = $words | skip (1 + ($next.1 | into int)) | str join ' '
            # As if the program stood alone on the line.
            let theirs = $line | commandline complete --detailed
            if ($theirs | is-empty) { null } else { $theirs | select value description }
        }
        'first' | 'words' => ($ours | update value { nu-complete persistproc word })
        'directory' => null
        _ => []
    }
}

# As Nushell reads it as one word.
def "nu-complete persistproc word" []: string -> string {
    if $in =~ '^[\w./:@+-]+$' and $in !~ '^[0-9+.]' { $in } else { $in | to nuon }
}

# Nothing is declared of their words, so all of them reach the program as they were typed.
@complete "nu-complete persistproc"
extern persistproc []

@complete "nu-complete persistproc"
extern pp []

# Where `pp-wrap` writes down what it was told.
def "pp-wrap file" []: nothing -> string {
    $nu.user-autoload-dirs | first | path join persistproc-wrap.nu
}

def "pp-wrap alias" [words: list<string>]: nothing -> string {
    let line = $words | str join ' '
    if $line !~ '^[\w./:@=+][\w ./:@=+-]*$' or ($words | any { $in =~ ' ' }) {
        error make --unspanned {
            msg: $"These words cannot be wrapped: '($line)'."
            help: "Name the first words of a command: pp-wrap npm run dev"
        }
    }
    $'alias "($line)" = ^persistproc run -- ($line)'
}

# An alias in the place of a command of Nushell would take it away.
def "pp-wrap program" [words: list<string>]: nothing -> nothing {
    let first = $words | first
    let own = scope commands | where name == $first and type in [built-in keyword plugin]
    if ($own | is-not-empty) or $first in [persistproc pp] {
        error make --unspanned {
            msg: $"'($first)' is a part of the shell; only programs run under persistproc."
            help: "Name the first words of a program: pp-wrap npm run dev"
        }
    }
}

# Let commands that begin with these words run under persistproc when typed at a prompt.
#
# It counts from the next shell on; ^ in front of a command bypasses it. Alone it lists them.
@example "Every `npm run dev` from now on" { pp-wrap npm run dev }
def --wrapped pp-wrap [...words: string]: nothing -> nothing {
    let file = pp-wrap file
    if ($words | is-empty) {
        if ($file | path exists) {
            print (open --raw $file | lines | parse 'alias "{words}" = {_}' | get words | str join "\n")
        }
        return
    }
    let line = pp-wrap alias $words
    pp-wrap program $words
    let known = if ($file | path exists) { open --raw $file | lines } else { [] }
    if $line not-in $known {
        mkdir ($file | path dirname)
        $known | append $line | str join "\n" | $in + "\n" | save --force $file
    }
    print $"From the next shell on. In this one:\n($line)"
}

# Undo `pp-wrap` for these words.
def --wrapped pp-unwrap [...words: string]: nothing -> nothing {
    let line = pp-wrap alias $words
    let file = pp-wrap file
    let known = if ($file | path exists) { open --raw $file | lines } else { [] }
    if $line not-in $known {
        error make --unspanned {
            msg: $"($words | str join ' ') is not wrapped."
            help: $"What is wrapped stands in ($file)"
        }
    }
    $known | where $it != $line | each { $in + "\n" } | str join | save --force $file
    print "From the next shell on."
}

# Nushell keeps what Tab offered for a line, and does not ask again at the next prompt. Whoever
# minds lets it ask every time:
# $env.config.completions.cache_size = 0
