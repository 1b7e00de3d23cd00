# shellcheck shell=bash
# persistproc for bash. In ~/.bashrc:  eval "$(persistproc init bash)"
# Safe to load twice, under `set -eu`, with bash-completion and without.

# What comes next after the words of the line; the program asks the daemon, if there is one.
__persistproc_complete() {
    local answer directive lines=() line word current
    COMPREPLY=()
    answer=$(command persistproc __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return 0
    while IFS= read -r line; do lines+=("$line"); done <<<"$answer"
    directive=${lines[0]}
    current=${COMP_WORDS[COMP_CWORD]}
    case $directive in
        "program "*)
            __persistproc_program "$((${directive#program } + 1))"
            return
            ;;
        directory)
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$current")
            compopt -o filenames 2>/dev/null || :
            return 0
            ;;
    esac
    for line in ${lines[@]+"${lines[@]:1}"}; do
        printf -v word %q "${line%%$'\t'*}"
        COMPREPLY+=("$word")
    done
    if [[ $directive == first && -n $current ]]; then
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -c -- "$current")
    fi
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

# Bash before 4.4 has too little to complete with, and a shell for scripts has no use for it.
if [[ $- == *i* ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
    complete -F __persistproc_complete persistproc pp
fi
