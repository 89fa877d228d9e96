# Completion of parlour in fish: in ~/.config/fish/completions.

function __parlour_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct | string replace -r '^["\']' '')
    command $words[1] complete -- $words[2..] "$last" 2>/dev/null
end

complete -c parlour -f -a '(__parlour_complete)'
complete -c parlour -l data -x -a '(__fish_complete_directories)'
complete -c parlour -l ca -r -F
