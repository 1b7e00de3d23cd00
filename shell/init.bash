# shellcheck shell=bash
# Bash integration for persistproc. Add to ~/.bashrc:  eval "$(persistproc init bash)"
# It can be loaded twice, works under `set -eu` and in POSIX mode, and does not need
# bash-completion.

# Completes a persistproc command line. `persistproc __complete` prints a directive, then one
# candidate per line; it asks the daemon for targets but never starts one.
__persistproc_complete() {
    local answer directive lines=() line word current words=() starts=()
    COMPREPLY=()
    __persistproc_expand_alias
    __persistproc_split_words
    answer=$(command persistproc __complete "${words[@]:1}" 2>/dev/null) || return 0
    while IFS= read -r line; do lines+=("$line"); done <<<"$answer"
    directive=${lines[0]}
    current=${words[${#words[@]} - 1]}
    case $directive in
        "program "*)
            __persistproc_complete_program "${starts[${directive#program } + 1]}" \
                ${lines[@]+"${lines[@]:1}"}
            return
            ;;
        directory)
            __persistproc_reply "$(compgen -d -- "$current")"
            compopt -o filenames 2>/dev/null || :
            return 0
            ;;
    esac
    # Readline replaces only the text after the last word break. Where `:` is a word break, the
    # candidates must not repeat the part before it.
    local before=''
    [[ $COMP_WORDBREAKS != *:* ]] || before=${current%"${current##*:}"}
    for line in ${lines[@]+"${lines[@]:1}"}; do
        printf -v word %q "${line%%$'\t'*}"
        COMPREPLY+=("${word#"$before"}")
    done
    # Programs of the PATH are offered only if no command and no program used here matches.
    if [[ $directive == first && -n $current && ${#COMPREPLY[@]} == 0 ]]; then
        __persistproc_reply "$(compgen -c -- "$current")"
    fi
}

# Adds each line of a text to the candidates.
__persistproc_reply() {
    local line
    while IFS= read -r line; do
        [[ -z $line ]] || COMPREPLY+=("$line")
    done <<<"$1"
}

# Replaces an alias at the start of the line with its text, so that aliases registered with
# `complete -F __persistproc_complete dev` are completed as well.
__persistproc_expand_alias() {
    local text name=${COMP_WORDS[0]}
    text=$(alias -- "$name" 2>/dev/null) || return 0
    eval "text=${text#*=}"
    local -a expansion
    read -ra expansion <<<"$text"
    ((COMP_CWORD > 0 && ${#expansion[@]} > 0)) || return 0
    COMP_LINE=$text${COMP_LINE#"$name"}
    COMP_POINT=$((COMP_POINT - ${#name} + ${#text}))
    COMP_CWORD=$((COMP_CWORD - 1 + ${#expansion[@]}))
    COMP_WORDS=("${expansion[@]}" "${COMP_WORDS[@]:1}")
}

# Fills `words` with the words up to the cursor and `starts` with the index of each in COMP_WORDS.
# Bash splits words at colons; parts without a space in between are joined again.
__persistproc_split_words() {
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

# Runs the completion of the program at word $1, with the words before it removed from the line. The
# other arguments are candidates for a program that has no completion.
__persistproc_complete_program() {
    local from=$1 program spec function='' status=0
    local line=${COMP_LINE} at
    shift
    if ((from >= COMP_CWORD)); then
        __persistproc_reply "$(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")"
        return 0
    fi
    for ((at = 0; at < from; at++)); do
        line=${line#*"${COMP_WORDS[at]}"}
    done
    line=${line#"${line%%[![:space:]]*}"}
    # The program's completion function reads the COMP_* variables; shadow them while it runs.
    local -a words=("${COMP_WORDS[@]:from}")
    local cword=$((COMP_CWORD - from))
    local point=$((COMP_POINT - ${#COMP_LINE} + ${#line}))
    local COMP_LINE=$line COMP_POINT=$point COMP_CWORD=$cword
    local -a COMP_WORDS=("${words[@]}")
    program=${COMP_WORDS[0]}
    spec=$(__persistproc_completion_spec "$program") || {
        # bash-completion loads a command's completion on first use.
        if declare -F _comp_load >/dev/null; then
            _comp_load -- "$program" >/dev/null 2>&1 || :
        elif declare -F _completion_loader >/dev/null; then
            _completion_loader "$program" >/dev/null 2>&1 || :
        fi
        spec=$(__persistproc_completion_spec "$program") || {
            __persistproc_offer_scripts "$@"
            return 0
        }
    }
    __persistproc_apply_options "$spec"
    if [[ $spec =~ \ -F\ ([^ ]+) ]]; then
        function=${BASH_REMATCH[1]}
        "$function" "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" ||
            status=$?
        # 124 asks readline to retry, because the function has just loaded another completion.
        ((status == 124)) && return 124
        return 0
    fi
    # A spec without a function (-W, -A, -C): compgen evaluates it.
    spec=${spec#complete }
    spec="compgen ${spec%" "*} -- \"\${COMP_WORDS[COMP_CWORD]}\""
    __persistproc_reply "$(eval "$spec" 2>/dev/null)"
}

# Offers the candidates, or files if there are none.
__persistproc_offer_scripts() {
    local candidate before='' current=${COMP_WORDS[COMP_CWORD]}
    (($# > 0)) || compopt -o default 2>/dev/null || :
    # Bash splits words at colons, and replaces only the last part.
    if [[ $current == : ]] || ((COMP_CWORD > 0)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == : ]]; then
        before=${COMP_LINE##*[[:space:]]}
        before=${before%"${before##*:}"}
    fi
    for candidate in "$@"; do
        candidate=${candidate%%$'\t'*}
        COMPREPLY+=("${candidate#"$before"}")
    done
}

# Prints the completion spec of a command, registered under its path or its file name.
__persistproc_completion_spec() {
    complete -p -- "$1" 2>/dev/null || complete -p -- "${1##*/}" 2>/dev/null
}

# Applies the `-o` options (nospace, filenames) of a completion spec to the current completion.
__persistproc_apply_options() {
    local rest=$1 option
    while [[ $rest =~ \ -o\ ([a-z]+)(.*) ]]; do
        option=${BASH_REMATCH[1]}
        rest=${BASH_REMATCH[2]}
        compopt -o "$option" 2>/dev/null || :
    done
}

# Wrapping: a command line typed at the prompt that begins with wrapped words runs under
# persistproc. Each entry of __persistproc_wraps is such a word list, quoted with %q.
declare -p __persistproc_wraps >/dev/null 2>&1 || __persistproc_wraps=()
declare -p __persistproc_aliases >/dev/null 2>&1 || __persistproc_aliases=()

# Wraps the words in its arguments. Without arguments, lists the wrapped commands.
__persistproc_wrap() {
    local name=${1-} entry known
    if [[ $name == -h || $name == --help ]]; then
        printf '%s\n' "Usage: pp-wrap [PROGRAM [WORDS...]]" \
            "Runs every command line that begins with these words under persistproc." \
            "Without arguments, lists the wrapped commands. pp-unwrap undoes it."
        return 0
    fi
    if (($# == 0)); then
        for entry in ${__persistproc_wraps[@]+"${__persistproc_wraps[@]}"}; do
            printf '%s\n' "${entry% }"
        done
        return 0
    fi
    if [[ -z $name || $name == -* || $name == *[!A-Za-z0-9_.+-]* || $name == persistproc || $name == pp ]]; then
        printf 'persistproc: cannot wrap %s. Use the name of another program, without a path. Example: pp-wrap npm run dev\n' "$name" >&2
        return 2
    fi
    case $(type -t -- "$name") in
        builtin | keyword)
            printf 'persistproc: cannot wrap %s, because it is part of the shell. Only programs can be wrapped.\n' "$name" >&2
            return 2
            ;;
    esac
    if [[ :$SHELLOPTS: == *:posix:* && ($name == [0-9]* || $name == *[!A-Za-z0-9_]*) ]]; then
        printf 'persistproc: cannot wrap %s, because POSIX mode allows no such name for a function. Example: alias dev=%q\n' "$name" "pp $*" >&2
        return 2
    fi
    # Scripts, and shells that run under persistproc themselves, keep the original command.
    [[ $- == *i* && -z ${PERSISTPROC_ID-} ]] || return 0
    printf -v entry '%q ' "$@"
    for known in ${__persistproc_wraps[@]+"${__persistproc_wraps[@]}"}; do
        [[ $known != "$entry" ]] || return 0
    done
    __persistproc_add_wrapper "$name" || return
    __persistproc_wraps+=("$entry")
}

# Defines the wrapper function for a command name. An existing function of that name is kept as
# __persistproc_original_<name>, an existing alias in __persistproc_aliases.
__persistproc_add_wrapper() {
    local name=$1 original="command $1" managed=$1 text
    [[ $(declare -f -- "$name") != *__persistproc_should_wrap* ]] || return 0
    if declare -f -- "$name" >/dev/null; then
        __persistproc_copy_function "$name" "__persistproc_original_$name"
        original=__persistproc_original_$name
    fi
    if text=$(alias -- "$name" 2>/dev/null); then
        eval "text=${text#*=}"
        if [[ $text == *[!A-Za-z0-9_./:@%+,=\ -]* || ${text%% *} == *=* || -z ${text// /} ]]; then
            printf 'persistproc: cannot wrap the alias %s, because it is more than plain words: %s\n' "$name" "$text" >&2
            printf 'Add pp to the alias instead. Example: alias %s=%q\n' "$name" "pp $text" >&2
            return 1
        fi
        __persistproc_aliases+=("$name=$text")
        managed=$text
        if [[ ${text%% *} == "$name" ]]; then
            original+=${text#"$name"}
        else
            original=$text
        fi
        unalias -- "$name"
    fi
    eval "function $name {
        if __persistproc_should_wrap \"\${#FUNCNAME[@]}\" $name \"\$@\"; then
            command persistproc run -- $managed \"\$@\"
        else
            $original \"\$@\"
        fi
    }"
}

# Succeeds if this call was typed at the prompt and begins with wrapped words. $1 is the depth of
# the call stack: it is 1 unless a function or a sourced file made the call.
__persistproc_should_wrap() {
    local depth=$1 entry given words=()
    shift
    ((depth == 1)) && type -P persistproc >/dev/null || return 1
    for entry in ${__persistproc_wraps[@]+"${__persistproc_wraps[@]}"}; do
        eval "words=($entry)"
        printf -v given '%q ' "${@:1:${#words[@]}}"
        [[ $given == "$entry" ]] || continue
        if [[ -z ${__persistproc_notice_shown-} && -t 2 ]]; then
            __persistproc_notice_shown=1
            printf '\033[2m%s runs under persistproc: other shells and agents can see it. To bypass: command %s\033[0m\n' \
                "${entry% }" "${entry% }" >&2
        fi
        return 0
    done
    return 1
}

# Unwraps the words in its arguments. Without arguments, unwraps all commands.
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
        printf 'persistproc: %s is not wrapped. Run pp-wrap to list the wrapped commands.\n' "${wanted% }" >&2
        return 1
    fi
    __persistproc_wraps=(${kept[@]+"${kept[@]}"})
    for name in ${names[@]+"${names[@]}"}; do
        for entry in ${kept[@]+"${kept[@]}"}; do
            # Another word list of this command is still wrapped.
            [[ ${entry%% *} != "$name" ]] || continue 2
        done
        __persistproc_remove_wrapper "$name"
    done
}

# Removes the wrapper function of a command name and restores the function or alias it replaced.
__persistproc_remove_wrapper() {
    local name=$1 entry kept=()
    # The user has replaced the wrapper: leave the new function alone.
    [[ $(declare -f -- "$name") == *__persistproc_should_wrap* ]] || return 0
    unset -f -- "$name"
    if declare -f -- "__persistproc_original_$name" >/dev/null; then
        __persistproc_copy_function "__persistproc_original_$name" "$name"
        unset -f -- "__persistproc_original_$name"
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

# Copies the function $1 to the name $2. Alias expansion is off meanwhile, because an alias defined
# after the function would otherwise be expanded in its body.
__persistproc_copy_function() {
    local text expands=0
    text=$(declare -f -- "$1")
    if shopt -q expand_aliases; then
        expands=1
    fi
    shopt -u expand_aliases
    eval "function $2${text#"$1"}"
    if ((expands)); then
        shopt -s expand_aliases
    fi
}

# Defines the short name (pp by default), its -wrap and -unwrap functions, and the completions.
__persistproc_load() {
    local cmd=${__persistproc_cmd-pp} name entry
    local -a names=(persistproc)
    if [[ -n $cmd ]]; then
        names+=("$cmd")
        if [[ :$SHELLOPTS: == *:posix:* ]]; then
            # POSIX mode allows no hyphen in the name of a function.
            # shellcheck disable=SC2139
            alias "$cmd-wrap=__persistproc_wrap" "$cmd-unwrap=__persistproc_unwrap"
        else
            eval "function $cmd-wrap { __persistproc_wrap \"\$@\"; }"
            eval "function $cmd-unwrap { __persistproc_unwrap \"\$@\"; }"
        fi
        [[ $cmd == pp ]] || eval "function $cmd { command pp \"\$@\"; }"
    fi
    unset __persistproc_cmd
    # Completion needs bash 4.4 and an interactive shell.
    [[ $- == *i* ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) || return 0
    # Complete the aliases defined so far that begin with pp or persistproc.
    while IFS= read -r entry; do
        [[ $entry =~ ^alias\ ([A-Za-z0-9_.+-]+)=\'(pp|persistproc)[\ \'] ]] || continue
        names+=("${BASH_REMATCH[1]}")
    done <<<"$(alias -p)"
    complete -F __persistproc_complete "${names[@]}"
    complete -c "${cmd:-pp}-wrap"
}
__persistproc_load
