# Zsh integration for persistproc. Add to ~/.zshrc:  eval "$(persistproc init zsh)"
# It can be loaded twice, works under `set -eu`, and before or after compinit.

# Completes a persistproc command line. `persistproc __complete` prints a directive, then one
# candidate per line; it asks the daemon for targets but never starts one.
_persistproc() {
    local line directive
    local -a lines candidates
    lines=("${(@f)$(command persistproc __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    directive=${lines[1]:-nothing}
    case $directive in
        (program\ *)
            # Complete the program as if it were alone on the line.
            shift $(( ${directive#program } + 1 )) words
            (( CURRENT -= ${directive#program } + 1 ))
            # Some completion functions read BUFFER instead of words.
            local -h BUFFER="${(j: :)words}"
            # The scripts of the project, if zsh does not know the program.
            if (( ${#lines} > 1 && ! ${+_comps[${words[1]:t}]} )); then
                for line in "${(@)lines[2,-1]}"; do
                    candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
                done
                _describe -t scripts 'script' candidates
                return
            fi
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
        # Programs of the PATH are offered only if no command and no program used here matches.
        _describe -t commands 'command' candidates || [[ -z ${words[CURRENT]} ]] ||
            _command_names -e
        return
    fi
    _describe -t persistproc 'persistproc' candidates
}

# Wrapping: a command line typed at the prompt that begins with wrapped words runs under
# persistproc. Each entry of __persistproc_wraps is such a word list, quoted and joined by spaces.
zmodload zsh/parameter 2>/dev/null || :
typeset -ga __persistproc_wraps
typeset -gA __persistproc_aliases

# Wraps the words in its arguments. Without arguments, lists the wrapped commands.
__persistproc_wrap() {
    emulate -L zsh
    setopt extended_glob
    local name=${1-} entry
    if [[ $name == (-h|--help) ]]; then
        print -rl -- "Usage: pp-wrap [PROGRAM [WORDS...]]" \
            "Runs every command line that begins with these words under persistproc." \
            "Without arguments, lists the wrapped commands. pp-unwrap undoes it."
        return 0
    fi
    if (( $# == 0 )); then
        (( ${#__persistproc_wraps} == 0 )) || print -rl -- $__persistproc_wraps
        return 0
    fi
    if [[ $name != ([A-Za-z0-9_.+-])## || $name == -* || $name == (persistproc|pp) ]]; then
        print -ru2 -- "persistproc: cannot wrap $name. Use the name of another program, without a path. Example: pp-wrap npm run dev"
        return 2
    fi
    if [[ $(whence -w -- $name) == *:\ (builtin|reserved) ]]; then
        print -ru2 -- "persistproc: cannot wrap $name, because it is part of the shell. Only programs can be wrapped."
        return 2
    fi
    # Scripts, and shells that run under persistproc themselves, keep the original command.
    [[ -o interactive && -z ${PERSISTPROC_ID-} ]] || return 0
    entry="${(j: :)${(@q)@}}"
    (( ! ${__persistproc_wraps[(Ie)$entry]} )) || return 0
    __persistproc_add_wrapper $name || return
    __persistproc_wraps+=("$entry")
}

# Defines the wrapper function for a command name. An existing function of that name is kept as
# __persistproc_original_<name>, an existing alias in __persistproc_aliases.
__persistproc_add_wrapper() {
    emulate -L zsh
    setopt no_aliases
    local name=$1 original="command $1" managed=$1 text
    [[ ${functions[$name]-} != *__persistproc_should_wrap* ]] || return 0
    if (( ${+functions[$name]} )); then
        # An autoload function has no body until it is loaded.
        [[ $functions[$name] != *'autoload -X'* ]] || autoload +X -- $name
        functions[__persistproc_original_$name]=$functions[$name]
        original=__persistproc_original_$name
    fi
    if (( ${+aliases[$name]} )); then
        text=$aliases[$name]
        if [[ $text == *[^A-Za-z0-9_./:@%+,=\ -]* || ${text%% *} == *=* || -z ${text// /} ]]; then
            print -ru2 -- "persistproc: cannot wrap the alias $name, because it is more than plain words: $text"
            print -ru2 -- "Add pp to the alias instead. Example: alias $name=${(qq):-pp $text}"
            return 1
        fi
        __persistproc_aliases[$name]=$text
        managed=$text
        if [[ ${text%% *} == $name ]]; then
            original+=${text#$name}
        else
            original=$text
        fi
        unset "aliases[$name]"
    fi
    functions[$name]="if __persistproc_should_wrap \"\${#funcstack[@]}\" $name \"\$@\"; then
        command persistproc run -- $managed \"\$@\"
    else
        $original \"\$@\"
    fi"
}

# Succeeds if this call was typed at the prompt and begins with wrapped words. $1 is the depth of
# the call stack: it is 1 unless a function or a sourced file made the call.
__persistproc_should_wrap() {
    emulate -L zsh
    local depth=$1 entry
    local -a given
    shift
    (( depth == 1 && ${+commands[persistproc]} )) || return 1
    given=("${(@q)@}")
    for entry in $__persistproc_wraps; do
        [[ "${(j: :)given} " == "$entry "* ]] || continue
        if [[ -z ${__persistproc_notice_shown-} && -t 2 ]]; then
            typeset -g __persistproc_notice_shown=1
            print -ru2 -- $'\e[2m'"$entry runs under persistproc: other shells and agents can see it. To bypass: command $entry"$'\e[0m'
        fi
        return 0
    done
    return 1
}

# Unwraps the words in its arguments. Without arguments, unwraps all commands.
__persistproc_unwrap() {
    emulate -L zsh
    local entry name wanted="${(j: :)${(@q)@}}"
    local -a removed
    removed=($__persistproc_wraps)
    (( $# == 0 )) || removed=(${(M)removed:#$wanted})
    if (( $# > 0 && ${#removed} == 0 )); then
        print -ru2 -- "persistproc: $wanted is not wrapped. Run pp-wrap to list the wrapped commands."
        return 1
    fi
    __persistproc_wraps=(${__persistproc_wraps:|removed})
    for name in ${(u)removed%% *}; do
        # Another word list of this command may still be wrapped.
        [[ -n ${(M)__persistproc_wraps:#$name(| *)} ]] || __persistproc_remove_wrapper $name
    done
}

# Removes the wrapper function of a command name and restores the function or alias it replaced.
__persistproc_remove_wrapper() {
    emulate -L zsh
    setopt no_aliases
    local name=$1
    # The user has replaced the wrapper: leave the new function alone.
    [[ ${functions[$name]-} == *__persistproc_should_wrap* ]] || return 0
    unfunction -- $name
    if (( ${+functions[__persistproc_original_$name]} )); then
        functions[$name]=$functions[__persistproc_original_$name]
        unfunction -- __persistproc_original_$name
    fi
    if (( ${+__persistproc_aliases[$name]} )); then
        aliases[$name]=$__persistproc_aliases[$name]
        unset "__persistproc_aliases[$name]"
    fi
}

# Registers the completions. compinit may come later in ~/.zshrc; this function then runs at the
# first prompt. If compinit has not run by then, it starts the completion of zsh itself, and runs at
# each prompt: a compinit that comes later removes what was registered.
__persistproc_register() {
    if (( ! ${+functions[compdef]} )); then
        typeset -g __persistproc_started_compinit=1
        autoload -Uz compinit && compinit -i
        (( ${+functions[compdef]} )) || return 0
    elif [[ -z ${__persistproc_started_compinit-} ]]; then
        precmd_functions=("${(@)precmd_functions:#__persistproc_register}")
    elif [[ ${_comps[persistproc]-} == _persistproc ]]; then
        return 0
    fi
    compdef _persistproc $__persistproc_names
    compdef _precommand pp-wrap
}

# Defines the short name (pp by default), its -wrap and -unwrap functions, and the completions.
typeset -ga __persistproc_names
__persistproc_names=(persistproc)
if [[ -n ${__persistproc_cmd=pp} ]]; then
    __persistproc_names+=($__persistproc_cmd)
    functions[$__persistproc_cmd-wrap]='__persistproc_wrap "$@"'
    functions[$__persistproc_cmd-unwrap]='__persistproc_unwrap "$@"'
    [[ $__persistproc_cmd == pp ]] || functions[$__persistproc_cmd]='command pp "$@"'
fi
unset __persistproc_cmd
if [[ -o interactive ]]; then
    typeset -ga precmd_functions
    precmd_functions=("${(@)precmd_functions:#__persistproc_register}")
    if (( ${+functions[compdef]} )); then
        __persistproc_register
    else
        precmd_functions+=(__persistproc_register)
    fi
fi
