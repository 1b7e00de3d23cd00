# shellcheck shell=bash
# persistproc for bash. In ~/.bashrc:  eval "$(persistproc init bash)"
# Safe to load twice, under `set -eu`, with bash-completion and without.

# What comes next after the words of the line; the program asks the daemon, if there is one.
__persistproc_complete() {
    local answer directive lines=() line word current words=() starts=()
    COMPREPLY=()
    __persistproc_unalias
    __persistproc_words
    answer=$(command persistproc __complete "${words[@]:1}" 2>/dev/null) || return 0
    while IFS= read -r line; do lines+=("$line"); done <<<"$answer"
    directive=${lines[0]}
    current=${words[${#words[@]} - 1]}
    case $directive in
        "program "*)
            __persistproc_program "${starts[${directive#program } + 1]}"
            return
            ;;
        directory)
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$current")
            compopt -o filenames 2>/dev/null || :
            return 0
            ;;
    esac
    # What is before a colon is not typed anew, where that ends a word.
    local before=''
    [[ $COMP_WORDBREAKS != *:* ]] || before=${current%"${current##*:}"}
    for line in ${lines[@]+"${lines[@]:1}"}; do
        printf -v word %q "${line%%$'\t'*}"
        COMPREPLY+=("${word#"$before"}")
    done
    if [[ $directive == first && -n $current ]]; then
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -c -- "$current")
    fi
}

# An alias is completed as what it stands for: `complete -F __persistproc_complete dev`.
__persistproc_unalias() {
    local text name=${COMP_WORDS[0]}
    text=$(alias -- "$name" 2>/dev/null) || return 0
    eval "text=${text#*=}"
    local -a instead
    read -ra instead <<<"$text"
    ((COMP_CWORD > 0 && ${#instead[@]} > 0)) || return 0
    COMP_LINE=$text${COMP_LINE#"$name"}
    COMP_POINT=$((COMP_POINT - ${#name} + ${#text}))
    COMP_CWORD=$((COMP_CWORD - 1 + ${#instead[@]}))
    COMP_WORDS=("${instead[@]}" "${COMP_WORDS[@]:1}")
}

# The words up to the cursor, with those together that the shell split at a colon, and where each
# begins among the words of the shell.
__persistproc_words() {
    local rest=$COMP_LINE at word last
    for ((at = 0; at <= COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        last=$((${#words[@]} - 1))
        if ((at > 0)) && [[ $rest != [[:space:]]* ]] &&
            [[ $word == :* || ${words[last]} == *: ]]; then
            words[last]+=$word
        else
            words+=("$word")
            starts+=("$at")
        fi
        rest=${rest#*"$word"}
    done
}

# Leaves the line to the program that begins at this word, as if it stood there alone.
__persistproc_program() {
    local from=$1 program spec function='' status=0
    local cut=${COMP_LINE} at
    if ((from >= COMP_CWORD)); then
        local word
        while IFS= read -r word; do COMPREPLY+=("$word"); done \
            < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
        return 0
    fi
    for ((at = 0; at < from; at++)); do
        cut=${cut#*"${COMP_WORDS[at]}"}
    done
    cut=${cut#"${cut%%[![:space:]]*}"}
    # What the shell tells a completion, for as long as the other one runs.
    local -a words=("${COMP_WORDS[@]:from}")
    local cword=$((COMP_CWORD - from)) point=$((COMP_POINT - ${#COMP_LINE} + ${#cut}))
    local COMP_LINE=$cut COMP_POINT=$point COMP_CWORD=$cword
    local -a COMP_WORDS=("${words[@]}")
    program=${COMP_WORDS[0]}
    spec=$(__persistproc_spec "$program") || {
        # bash-completion loads its scripts at first use, and says so with 124.
        if declare -F _comp_load >/dev/null; then
            _comp_load -- "$program" >/dev/null 2>&1 || :
        elif declare -F _completion_loader >/dev/null; then
            _completion_loader "$program" >/dev/null 2>&1 || :
        fi
        spec=$(__persistproc_spec "$program") || {
            compopt -o default 2>/dev/null || :
            return 0
        }
    }
    __persistproc_options "$spec"
    if [[ $spec =~ \ -F\ ([^ ]+) ]]; then
        function=${BASH_REMATCH[1]}
        "$function" "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" ||
            status=$?
        ((status == 124)) && return 124
        return 0
    fi
    # Word lists, actions and commands: the shell itself makes candidates of such a spec.
    spec=${spec#complete }
    local word
    while IFS= read -r word; do COMPREPLY+=("$word"); done \
        < <(eval "compgen ${spec%" "*} -- \"\${COMP_WORDS[COMP_CWORD]}\"" 2>/dev/null)
}

__persistproc_spec() {
    complete -p -- "$1" 2>/dev/null || complete -p -- "${1##*/}" 2>/dev/null
}

# `-o nospace` and its like hold for what the other completion answers.
__persistproc_options() {
    local rest=$1 option
    while [[ $rest =~ \ -o\ ([a-z]+)(.*) ]]; do
        option=${BASH_REMATCH[1]} rest=${BASH_REMATCH[2]}
        compopt -o "$option" 2>/dev/null || :
    done
}

# Wrapping: what begins with these words runs under persistproc when a person types it at a prompt.
declare -p __persistproc_wraps >/dev/null 2>&1 || __persistproc_wraps=()
declare -p __persistproc_aliases >/dev/null 2>&1 || __persistproc_aliases=()

# Takes words; alone it lists what is wrapped.
__persistproc_wrap() {
    local name=${1-} entry known
    if (($# == 0)); then
        for entry in ${__persistproc_wraps[@]+"${__persistproc_wraps[@]}"}; do
            printf '%s\n' "${entry% }"
        done
        return 0
    fi
    if [[ -z $name || $name == -* || $name == *[!A-Za-z0-9_.+-]* || $name == persistproc || $name == pp ]]; then
        printf 'persistproc: %s cannot be wrapped. Give the words of a command, such as: pp-wrap npm run dev\n' "$name" >&2
        return 2
    fi
    case $(type -t -- "$name") in
        builtin | keyword)
            printf 'persistproc: %s is a part of the shell; only programs run under persistproc.\n' "$name" >&2
            return 2
            ;;
    esac
    # Scripts, and shells that persistproc runs itself, keep the real command.
    [[ $- == *i* && -z ${PERSISTPROC_ID-} ]] || return 0
    printf -v entry '%q ' "$@"
    for known in ${__persistproc_wraps[@]+"${__persistproc_wraps[@]}"}; do
        [[ $known != "$entry" ]] || return 0
    done
    __persistproc_take "$name" || return
    __persistproc_wraps+=("$entry")
}

# Puts a function of ours in the place of a name; what was there goes on behind it.
__persistproc_take() {
    local name=$1 real="command $1" as=$1 text
    [[ $(declare -f -- "$name") != *__persistproc_typed* ]] || return 0
    if declare -f -- "$name" >/dev/null; then
        __persistproc_copy "$name" "__persistproc_was_$name"
        real=__persistproc_was_$name
    fi
    if text=$(alias -- "$name" 2>/dev/null); then
        eval "text=${text#*=}"
        if [[ $text == *[!A-Za-z0-9_./:@%+,=\ -]* || ${text%% *} == *=* || -z ${text// /} ]]; then
            printf 'persistproc: %s is an alias for more than plain words: %s\n' "$name" "$text" >&2
            printf 'Put pp into it instead, such as: alias %s=%q\n' "$name" "pp $text" >&2
            return 1
        fi
        __persistproc_aliases+=("$name=$text")
        as=$text
        if [[ ${text%% *} == "$name" ]]; then real+=${text#"$name"}; else real=$text; fi
        unalias -- "$name"
    fi
    eval "function $name {
        if __persistproc_typed \"\${#FUNCNAME[@]}\" $name \"\$@\"; then
            command persistproc run -- $as \"\$@\"
        else
            $real \"\$@\"
        fi
    }"
}

# Whether these words are wrapped, and were typed at the prompt: called by no function, no file.
__persistproc_typed() {
    local depth=$1 entry given words=()
    shift
    ((depth == 1)) && type -P persistproc >/dev/null || return 1
    for entry in ${__persistproc_wraps[@]+"${__persistproc_wraps[@]}"}; do
        eval "words=($entry)"
        printf -v given '%q ' "${@:1:${#words[@]}}"
        [[ $given == "$entry" ]] || continue
        if [[ -z ${__persistproc_told-} && -t 2 ]]; then
            __persistproc_told=1
            printf '\033[2m%s runs under persistproc: every shell and agent sees it. Without: command %s\033[0m\n' \
                "${entry% }" "${entry% }" >&2
        fi
        return 0
    done
    return 1
}

# Takes the same words, or none for all.
__persistproc_unwrap() {
    local entry wanted='' kept=() names=() name
    (($# == 0)) || printf -v wanted '%q ' "$@"
    for entry in ${__persistproc_wraps[@]+"${__persistproc_wraps[@]}"}; do
        if [[ -z $wanted || $entry == "$wanted" ]]; then
            names+=("${entry%% *}")
        else
            kept+=("$entry")
        fi
    done
    if [[ -n $wanted && ${#names[@]} == 0 ]]; then
        printf 'persistproc: %s is not wrapped. Type pp-wrap alone to see what is.\n' "${wanted% }" >&2
        return 1
    fi
    __persistproc_wraps=(${kept[@]+"${kept[@]}"})
    for name in ${names[@]+"${names[@]}"}; do
        for entry in ${kept[@]+"${kept[@]}"}; do
            # Other words of it are still wrapped.
            [[ ${entry%% *} != "$name" ]] || continue 2
        done
        __persistproc_give_back "$name"
    done
}

__persistproc_give_back() {
    local name=$1 entry kept=()
    # Somebody else's by now.
    [[ $(declare -f -- "$name") == *__persistproc_typed* ]] || return 0
    unset -f -- "$name"
    if declare -f -- "__persistproc_was_$name" >/dev/null; then
        __persistproc_copy "__persistproc_was_$name" "$name"
        unset -f -- "__persistproc_was_$name"
    fi
    for entry in ${__persistproc_aliases[@]+"${__persistproc_aliases[@]}"}; do
        if [[ ${entry%%=*} == "$name" ]]; then
            # shellcheck disable=SC2139
            alias -- "$entry"
        else
            kept+=("$entry")
        fi
    done
    __persistproc_aliases=(${kept[@]+"${kept[@]}"})
}

# A function under a second name. Aliases that came after it must not get into it.
__persistproc_copy() {
    local text expands=0
    text=$(declare -f -- "$1")
    if shopt -q expand_aliases; then expands=1; fi
    shopt -u expand_aliases
    eval "function $2${text#"$1"}"
    if ((expands)); then shopt -s expand_aliases; fi
}

__persistproc_load() {
    local cmd=${__persistproc_cmd-pp} name entry
    local -a names=(persistproc)
    if [[ -n $cmd ]]; then
        names+=("$cmd")
        eval "function $cmd-wrap { __persistproc_wrap \"\$@\"; }"
        eval "function $cmd-unwrap { __persistproc_unwrap \"\$@\"; }"
        [[ $cmd == pp ]] || eval "function $cmd { command pp \"\$@\"; }"
    fi
    unset __persistproc_cmd
    # Bash before 4.4 has too little to complete with, and a shell for scripts has no use for it.
    [[ $- == *i* ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) || return 0
    # Aliases that begin with us, as far as they are known by now.
    while IFS= read -r entry; do
        [[ $entry =~ ^alias\ ([A-Za-z0-9_.+-]+)=\'(pp|persistproc)[\ \'] ]] || continue
        names+=("${BASH_REMATCH[1]}")
    done < <(alias -p)
    complete -F __persistproc_complete "${names[@]}"
    complete -c "${cmd:-pp}-wrap"
}
__persistproc_load
