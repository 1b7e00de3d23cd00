# persistproc for zsh. In ~/.zshrc:  eval "$(persistproc init zsh)"
# Safe to load twice, under `set -eu`, before compinit and after it.

# What comes next after the words of the line; the program asks the daemon, if there is one.
_persistproc() {
    local line directive
    local -a lines candidates
    lines=("${(@f)$(command persistproc __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    directive=${lines[1]:-nothing}
    case $directive in
        (program\ *)
            # As if the program stood alone on the line.
            shift $(( ${directive#program } + 1 )) words
            (( CURRENT -= ${directive#program } + 1 ))
            _normal
            return
            ;;
        (directory) _directories; return ;;
        (nothing) return 1 ;;
    esac
    for line in "${(@)lines[2,-1]}"; do
        candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if [[ $directive == first ]]; then
        _describe -t commands 'command' candidates
        # All programs there are would be no help.
        [[ -z ${words[CURRENT]} ]] || _command_names -e
        return
    fi
    _describe -t persistproc 'persistproc' candidates
}

# compinit may come later in the same file: then at the first prompt, and only there.
__persistproc_register() {
    if (( ${+functions[compdef]} )); then
        compdef _persistproc persistproc pp
        precmd_functions=("${(@)precmd_functions:#__persistproc_register}")
    fi
}
if [[ -o interactive ]]; then
    typeset -ga precmd_functions
    precmd_functions=("${(@)precmd_functions:#__persistproc_register}")
    if (( ${+functions[compdef]} )); then
        compdef _persistproc persistproc pp
    else
        precmd_functions+=(__persistproc_register)
    fi
fi
