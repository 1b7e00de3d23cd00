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
            # Some completions look at the line itself.
            local -h BUFFER="${(j: :)words}"
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

# Wrapping: what begins with these words runs under persistproc when a person types it at a prompt.
zmodload zsh/parameter 2>/dev/null || :
typeset -ga __persistproc_wraps
typeset -gA __persistproc_aliases

# Takes words; alone it lists what is wrapped.
__persistproc_wrap() {
    emulate -L zsh
    setopt extended_glob
    local name=${1-} entry
    if (( $# == 0 )); then
        (( ${#__persistproc_wraps} == 0 )) || print -rl -- $__persistproc_wraps
        return 0
    fi
    if [[ $name != ([A-Za-z0-9_.+-])## || $name == -* || $name == (persistproc|pp) ]]; then
        print -ru2 -- "persistproc: $name cannot be wrapped. Give the words of a command, such as: pp-wrap npm run dev"
        return 2
    fi
    if [[ $(whence -w -- $name) == *:\ (builtin|reserved) ]]; then
        print -ru2 -- "persistproc: $name is a part of the shell; only programs run under persistproc."
        return 2
    fi
    # Scripts, and shells that persistproc runs itself, keep the real command.
    [[ -o interactive && -z ${PERSISTPROC_ID-} ]] || return 0
    entry="${(j: :)${(@q)@}}"
    (( ! ${__persistproc_wraps[(Ie)$entry]} )) || return 0
    __persistproc_take $name || return
    __persistproc_wraps+=("$entry")
}

# Puts a function of ours in the place of a name; what was there goes on behind it.
__persistproc_take() {
    emulate -L zsh
    setopt no_aliases
    local name=$1 real="command $1" as=$1 text
    [[ ${functions[$name]-} != *__persistproc_typed* ]] || return 0
    if (( ${+functions[$name]} )); then
        # One that is loaded at first use has nothing to copy yet.
        [[ $functions[$name] != *'autoload -X'* ]] || autoload +X -- $name
        functions[__persistproc_was_$name]=$functions[$name]
        real=__persistproc_was_$name
    fi
    if (( ${+aliases[$name]} )); then
        text=$aliases[$name]
        if [[ $text == *[^A-Za-z0-9_./:@%+,=\ -]* || ${text%% *} == *=* || -z ${text// /} ]]; then
            print -ru2 -- "persistproc: $name is an alias for more than plain words: $text"
            print -ru2 -- "Put pp into it instead, such as: alias $name=${(qq):-pp $text}"
            return 1
        fi
        __persistproc_aliases[$name]=$text
        as=$text
        if [[ ${text%% *} == $name ]]; then real+=${text#$name}; else real=$text; fi
        unset "aliases[$name]"
    fi
    functions[$name]="if __persistproc_typed \"\${#funcstack[@]}\" $name \"\$@\"; then
        command persistproc run -- $as \"\$@\"
    else
        $real \"\$@\"
    fi"
}

# Whether these words are wrapped, and were typed at the prompt: called by no function, no file.
__persistproc_typed() {
    emulate -L zsh
    local depth=$1 entry
    local -a given
    shift
    (( depth == 1 && ${+commands[persistproc]} )) || return 1
    given=("${(@q)@}")
    for entry in $__persistproc_wraps; do
        [[ "${(j: :)given} " == "$entry "* ]] || continue
        if [[ -z ${__persistproc_told-} && -t 2 ]]; then
            typeset -g __persistproc_told=1
            print -ru2 -- $'\e[2m'"$entry runs under persistproc: every shell and agent sees it. Without: command $entry"$'\e[0m'
        fi
        return 0
    done
    return 1
}

# Takes the same words, or none for all.
__persistproc_unwrap() {
    emulate -L zsh
    local entry name wanted="${(j: :)${(@q)@}}"
    local -a gone
    gone=($__persistproc_wraps)
    (( $# == 0 )) || gone=(${(M)gone:#$wanted})
    if (( $# > 0 && ${#gone} == 0 )); then
        print -ru2 -- "persistproc: $wanted is not wrapped. Type pp-wrap alone to see what is."
        return 1
    fi
    __persistproc_wraps=(${__persistproc_wraps:|gone})
    for name in ${(u)gone%% *}; do
        # Other words of it may still be wrapped.
        [[ -n ${(M)__persistproc_wraps:#$name(| *)} ]] || __persistproc_give_back $name
    done
}

__persistproc_give_back() {
    emulate -L zsh
    setopt no_aliases
    local name=$1
    # Somebody else's by now.
    [[ ${functions[$name]-} == *__persistproc_typed* ]] || return 0
    unfunction -- $name
    if (( ${+functions[__persistproc_was_$name]} )); then
        functions[$name]=$functions[__persistproc_was_$name]
        unfunction -- __persistproc_was_$name
    fi
    if (( ${+__persistproc_aliases[$name]} )); then
        aliases[$name]=$__persistproc_aliases[$name]
        unset "__persistproc_aliases[$name]"
    fi
}

# compinit may come later in the same file: then at the first prompt, and only there.
__persistproc_register() {
    if (( ${+functions[compdef]} )); then
        compdef _persistproc $__persistproc_names
        compdef _precommand pp-wrap
        precmd_functions=("${(@)precmd_functions:#__persistproc_register}")
    fi
}

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
