# Fish integration for persistproc. Add to ~/.config/fish/config.fish:  persistproc init fish | source
# It can be loaded twice.

# Completes a persistproc command line. `persistproc __complete` prints a directive, then one
# candidate per line; it asks the daemon for targets but never starts one.
function __persistproc_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l answer (command persistproc __complete $words[2..-1] 2>/dev/null)
    or return
    set -l directive (string split ' ' -- $answer[1])
    switch $directive[1]
        case program
            # Complete the program as if it were alone on the line.
            set -l from (math $directive[2] + 2)
            set -l before
            if test $from -lt (count $words)
                set before (string escape -- $words[$from..-2])
            end
            set -l own (complete -C (string join ' ' -- $before (commandline -ct)))
            # Fish offers files for a program that it does not know: the scripts of the project come
            # first then.
            if set -q answer[2]; and not complete -c "$words[$from]" | string length -q
                printf '%s\n' $answer[2..-1]
                return
            end
            printf '%s\n' $own
        case directory
            __fish_complete_directories (commandline -ct) ''
        case first
            printf '%s\n' $answer[2..-1]
            # Without a prefix, do not offer every program on the PATH.
            if test -n "$words[-1]"
                complete -C (commandline -ct)
            end
        case words
            printf '%s\n' $answer[2..-1]
    end
end

# Wrapping: a command line typed at the prompt that begins with wrapped words runs under
# persistproc. Each entry of __persistproc_wraps is such a word list, URL-escaped and joined by
# spaces.
set -q __persistproc_wraps
or set -g __persistproc_wraps

# Wraps the words in its arguments. Without arguments, lists the wrapped commands.
function __persistproc_wrap
    if contains -- "$argv[1]" -h --help
        printf '%s\n' "Usage: pp-wrap [PROGRAM [WORDS...]]" \
            "Runs every command line that begins with these words under persistproc." \
            "Without arguments, lists the wrapped commands. pp-unwrap undoes it."
        return 0
    end
    if not set -q argv[1]
        for entry in $__persistproc_wraps
            __persistproc_entry_text $entry
        end
        return 0
    end
    set -l name $argv[1]
    if not string match -qr '^[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$' -- $name; or contains -- $name persistproc pp
        echo "persistproc: cannot wrap $name. Use the name of another program, without a path. Example: pp-wrap npm run dev" >&2
        return 2
    end
    if contains -- $name (builtin -n)
        echo "persistproc: cannot wrap $name, because it is part of the shell. Only programs can be wrapped." >&2
        return 2
    end
    # Scripts, and shells that run under persistproc themselves, keep the original command.
    status is-interactive; and not set -q PERSISTPROC_ID
    or return 0
    set -l entry (string join ' ' -- (string escape --style=url -- $argv))
    contains -- $entry $__persistproc_wraps
    and return 0
    __persistproc_add_wrapper $name
    set -ga __persistproc_wraps $entry
end

# Prints an entry of __persistproc_wraps as the command line it stands for.
function __persistproc_entry_text
    set -l words (string split ' ' -- $argv[1] | string unescape --style=url)
    string join ' ' -- (string escape -- $words)
end

# Defines the wrapper function for a command name. An existing function of that name is kept as
# __persistproc_original_<name>.
function __persistproc_add_wrapper -a name
    __persistproc_is_wrapper $name
    and return 0
    set -l original "command $name"
    if functions -q $name
        functions -q __persistproc_original_$name
        and functions -e __persistproc_original_$name
        functions -c $name __persistproc_original_$name
        set original __persistproc_original_$name
    end
    # Unlike `eval`, `source` does not attribute the function to the file that loaded this script.
    echo "function $name
        if __persistproc_should_wrap $name \$argv
            command persistproc run -- $name \$argv
        else
            $original \$argv
        end
    end" | source
end

# Succeeds if the function of this name is a wrapper that this script defined.
function __persistproc_is_wrapper -a name
    functions -q $name
    and functions --no-details $name | string match -q '*__persistproc_should_wrap*'
end

# Succeeds if this call was typed at the prompt and begins with wrapped words. The stack trace of
# such a call has two functions, the wrapper and this one, and no sourced file.
function __persistproc_should_wrap
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
        if not set -q __persistproc_notice_shown; and isatty stderr
            set -g __persistproc_notice_shown 1
            set -l words (__persistproc_entry_text $entry)
            printf '\e[2m%s runs under persistproc: other shells and agents can see it. To bypass: command %s\e[0m\n' $words $words >&2
        end
        return 0
    end
    return 1
end

# Unwraps the words in its arguments. Without arguments, unwraps all commands.
function __persistproc_unwrap
    set -l removed $__persistproc_wraps
    if set -q argv[1]
        set removed (string join ' ' -- (string escape --style=url -- $argv))
        if not contains -- $removed $__persistproc_wraps
            echo "persistproc: $argv is not wrapped. Run pp-wrap to list the wrapped commands." >&2
            return 1
        end
    end
    set -l kept
    for entry in $__persistproc_wraps
        contains -- $entry $removed
        or set -a kept $entry
    end
    set -g __persistproc_wraps $kept
    for entry in $removed
        set -l words (string split ' ' -- $entry)
        set -l name (string unescape --style=url -- $words[1])
        # Another word list of this command may still be wrapped.
        string match -qr -- '^'(string escape --style=regex -- $name)'( |$)' $kept
        or __persistproc_remove_wrapper $name
    end
    return 0
end

# Removes the wrapper function of a command name and restores the function it replaced.
function __persistproc_remove_wrapper -a name
    # The user has replaced the wrapper: leave the new function alone.
    __persistproc_is_wrapper $name
    or return 0
    functions -e $name
    if functions -q __persistproc_original_$name
        functions -c __persistproc_original_$name $name
        functions -e __persistproc_original_$name
    end
end

# Define the short name (pp by default), its -wrap and -unwrap functions, and the completions.
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
    # The arguments of pp-wrap are a command line.
    test -n "$__persistproc_cmd"
    and complete -c $__persistproc_cmd-wrap -x -a '(__fish_complete_subcommand)'
end
set -e __persistproc_cmd
