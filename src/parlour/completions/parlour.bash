# Completion of parlour in bash: where bash-completion finds it, or sourced by ~/.bashrc.

_parlour() {
    # Bash splits words at : = and @ as well; here they are put together as they were typed.
    local line=${COMP_LINE:0:COMP_POINT} words=() piece before place
    for ((place = 0; place <= COMP_CWORD; place++)); do
        piece=${COMP_WORDS[place]}
        before=$line
        line=${line#"${line%%[![:space:]]*}"}
        ((place == COMP_CWORD)) && piece=$line
        if ((place == 0)) || [[ $line != "$before" || -z $before ]]; then
            words+=("$piece")
        else
            words[-1]+=$piece
        fi
        line=${line#"$piece"}
    done
    # What stands before the last of these is not bash's to replace, unless the word is quoted.
    local last=${words[-1]} breaks=${COMP_WORDBREAKS//[[:space:]]/} head=
    [[ $last == [\"\']* ]] || head=${last%"${last##*["$breaks"]}"}
    COMPREPLY=()
    local found
    while IFS= read -r found; do
        [[ $found == "$head"* ]] && COMPREPLY+=("${found#"$head"}")
    done < <("${words[0]}" complete --quoted -- "${words[@]:1}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}

complete -o default -F _parlour parlour
