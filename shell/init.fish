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

if status is-interactive
    for name in persistproc pp
        complete -c $name -e
        complete -c $name -f -k -a '(__persistproc_complete)'
    end
end
