# persistproc for fish. In ~/.config/fish/config.fish:  persistproc init fish | source
# Safe to load twice.

# What comes next after the words of the line; the program asks the daemon, if there is one.
function __persistproc_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l answer (command persistproc __complete $words[2..-1] 2>/dev/null)
    or return
    set -l directive (string split ' ' -- $answer[1])
    switch $directive[1]
        case program
            # As if the program stood alone on the line.
            set -l from (math $directive[2] + 2)
            set -l before
            if test $from -lt (count $words)
                set before (string escape -- $words[$from..-2])
            end
            complete -C (string join ' ' -- $before (commandline -ct))
        case directory
            __fish_complete_directories (commandline -ct) ''
        case first
            printf '%s\n' $answer[2..-1]
            # All programs there are would be no help.
            if test -n "$words[-1]"
                complete -C (commandline -ct)
            end
        case words
            printf '%s\n' $answer[2..-1]
    end
end

# Wrapping: what begins with these words runs under persistproc when a person types it at a prompt.
# An entry is its words, written as in a URL, with spaces between.
set -q __persistproc_wraps
or set -g __persistproc_wraps

# Takes words; alone it lists what is wrapped.
function __persistproc_wrap
    if not set -q argv[1]
        for entry in $__persistproc_wraps
            __persistproc_shown $entry
        end
        return 0
    end
    set -l name $argv[1]
    if not string match -qr '^[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$' -- $name; or contains -- $name persistproc pp
        echo "persistproc: $name cannot be wrapped. Give the words of a command, such as: pp-wrap npm run dev" >&2
        return 2
    end
    if contains -- $name (builtin -n)
        echo "persistproc: $name is a part of the shell; only programs run under persistproc." >&2
        return 2
    end
    # Scripts, and shells that persistproc runs itself, keep the real command.
    status is-interactive; and not set -q PERSISTPROC_ID
    or return 0
    set -l entry (string join ' ' -- (string escape --style=url -- $argv))
    contains -- $entry $__persistproc_wraps
    and return 0
    __persistproc_take $name
    set -ga __persistproc_wraps $entry
end

function __persistproc_shown
    set -l words (string split ' ' -- $argv[1] | string unescape --style=url)
    string join ' ' -- (string escape -- $words)
end

# Puts a function of ours in the place of a name; what was there goes on behind it.
function __persistproc_take -a name
    __persistproc_is_ours $name
    and return 0
    set -l real "command $name"
    if functions -q $name
        functions -q __persistproc_was_$name
        and functions -e __persistproc_was_$name
        functions -c $name __persistproc_was_$name
        set real __persistproc_was_$name
    end
    # Read as a script, so that it is nobody's description of anything else.
    echo "function $name
        if __persistproc_typed $name \$argv
            command persistproc run -- $name \$argv
        else
            $real \$argv
        end
    end" | source
end

function __persistproc_is_ours -a name
    functions -q $name
    and functions --no-details $name | string match -q '*__persistproc_typed*'
end

# Whether these words are wrapped, and were typed at the prompt: called by no function, no file.
function __persistproc_typed
    command -q persistproc
    or return 1
    set -l trace (status stack-trace)
    test (count (string match -r '^in function' -- $trace)) -eq 2
    and not string match -q '*from sourcing file*' -- $trace
    or return 1
    set -l given (string join ' ' -- (string escape --style=url -- $argv))
    for entry in $__persistproc_wraps
        test "$given" = "$entry"
        or string match -q -- "$entry *" "$given"
        or continue
        if not set -q __persistproc_told; and isatty stderr
            set -g __persistproc_told 1
            set -l words (__persistproc_shown $entry)
            printf '\e[2m%s runs under persistproc: every shell and agent sees it. Without: command %s\e[0m\n' $words $words >&2
        end
        return 0
    end
    return 1
end

# Takes the same words, or none for all.
function __persistproc_unwrap
    set -l gone $__persistproc_wraps
    if set -q argv[1]
        set gone (string join ' ' -- (string escape --style=url -- $argv))
        if not contains -- $gone $__persistproc_wraps
            echo "persistproc: $argv is not wrapped. Type pp-wrap alone to see what is." >&2
            return 1
        end
    end
    set -l kept
    for entry in $__persistproc_wraps
        contains -- $entry $gone
        or set -a kept $entry
    end
    set -g __persistproc_wraps $kept
    for entry in $gone
        set -l name (string split -f 1 ' ' -- $entry | string unescape --style=url)
        # Other words of it may still be wrapped.
        string match -qr -- '^'(string escape --style=regex -- $name)'( |$)' $kept
        or __persistproc_give_back $name
    end
    return 0
end

function __persistproc_give_back -a name
    # Somebody else's by now.
    __persistproc_is_ours $name
    or return 0
    functions -e $name
    if functions -q __persistproc_was_$name
        functions -c __persistproc_was_$name $name
        functions -e __persistproc_was_$name
    end
end

set -q __persistproc_cmd
or set -l __persistproc_cmd pp
if test -n "$__persistproc_cmd"
    eval "function $__persistproc_cmd-wrap; __persistproc_wrap \$argv; end"
    eval "function $__persistproc_cmd-unwrap; __persistproc_unwrap \$argv; end"
    if test $__persistproc_cmd != pp
        eval "function $__persistproc_cmd; command pp \$argv; end"
    end
end
if status is-interactive
    for name in persistproc $__persistproc_cmd
        complete -c $name -e
        complete -c $name -f -k -a '(__persistproc_complete)'
    end
    # What follows is a command line, as behind `command`.
    test -n "$__persistproc_cmd"
    and complete -c $__persistproc_cmd-wrap -x -a '(__fish_complete_subcommand)'
end
set -e __persistproc_cmd
