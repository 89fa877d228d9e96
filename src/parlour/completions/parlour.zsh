#compdef parlour
# Completion of parlour in zsh: a file named _parlour in a folder of $fpath, or sourced by ~/.zshrc after compinit.

_parlour() {
    local found
    found=$("${(Q)words[1]}" complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
    if [[ -n $found ]]; then
        compadd -U -- "${(@f)found}"
    else
        _files
    fi
}

if [[ $funcstack[1] == _parlour ]]; then
    _parlour "$@"
else
    compdef _parlour parlour
fi
