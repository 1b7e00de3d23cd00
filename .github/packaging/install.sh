#!/bin/sh
# Installs persistproc for this user from the archive of a release:
#
#   curl -fsSL https://github.com/persistproc/persistproc/releases/latest/download/install.sh | sh
#   curl -fsSL … | sh -s -- --uninstall
#
#   --prefix DIR   Install into DIR/bin and DIR/share [default: ~/.local]
#   --from URL     Take the archive and SHA256SUMS from this address, or from a directory
#   --uninstall    Delete the installed files. Records and logs stay in the data directory.
set -eu

releases=https://github.com/persistproc/persistproc/releases/latest/download

fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

# The target triple of this machine.
platform() {
    case $(uname -m) in
        x86_64 | amd64) cpu=x86_64 ;;
        aarch64 | arm64) cpu=aarch64 ;;
        *) fail "No archive is built for $(uname -m). Install with cargo: cargo install persistproc --locked" ;;
    esac
    case $(uname -s) in
        Linux)
            # The musl build is static, so it also runs with a glibc older than 2.17.
            case $(getconf GNU_LIBC_VERSION 2>/dev/null) in
                "" | "glibc 2."[0-9] | "glibc 2.1"[0-6]) echo "$cpu-unknown-linux-musl" ;;
                *) echo "$cpu-unknown-linux-gnu" ;;
            esac
            ;;
        Darwin) echo "$cpu-apple-darwin" ;;
        *) fail "No archive is built for $(uname -s). Install with cargo: cargo install persistproc --locked" ;;
    esac
}

fetch() {
    case $from in
        *://*)
            if command -v curl >/dev/null; then
                curl --proto '=https' --tlsv1.2 -fsSL "$from/$1" -o "$2"
            else
                wget -q --https-only "$from/$1" -O "$2"
            fi
            ;;
        *) cp "$from/$1" "$2" ;;
    esac || fail "$from/$1 could not be read."
}

check_sum() {
    if command -v sha256sum >/dev/null; then
        sum=$(sha256sum "$1")
    else
        sum=$(shasum -a 256 "$1")
    fi
    [ "${sum%% *}" = "$2" ] || fail "The checksum of the archive is ${sum%% *}, and SHA256SUMS says $2. Nothing was installed."
}

# Copies a file under another name and renames it: a running program keeps its file.
put() {
    mkdir -p "$prefix/${2%/*}"
    cp "$1" "$prefix/$2.new"
    chmod "$3" "$prefix/$2.new"
    mv "$prefix/$2.new" "$prefix/$2"
    echo "$2" >>"$work/files"
}

install_files() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    target=$(platform)
    fetch SHA256SUMS "$work/SHA256SUMS"
    line=$(grep " [ *]\{0,1\}persistproc-[^ ]*-$target\.tar\.gz\$" "$work/SHA256SUMS" | tail -1)
    [ -n "$line" ] || fail "SHA256SUMS lists no archive for $target."
    name=${line##*[ *]}
    fetch "$name" "$work/$name"
    check_sum "$work/$name" "${line%% *}"
    tar -xzf "$work/$name" -C "$work"
    folder=$work/${name%.tar.gz}

    for file in "$folder"/bin/*; do put "$file" "bin/${file##*/}" 755; done
    for file in "$folder"/share/man/man1/*; do put "$file" "share/man/man1/${file##*/}" 644; done
    for file in "$folder"/completions/bash/*; do
        put "$file" "share/bash-completion/completions/${file##*/}" 644
    done
    for file in "$folder"/completions/zsh/*; do put "$file" "share/zsh/site-functions/${file##*/}" 644; done
    for file in "$folder"/completions/fish/*; do
        put "$file" "share/fish/vendor_completions.d/${file##*/}" 644
    done
    put "$folder/LICENSE" share/doc/persistproc/LICENSE 644
    echo share/doc/persistproc/installed-files >>"$work/files"
    cp "$work/files" "$prefix/share/doc/persistproc/installed-files"

    "$prefix/bin/persistproc" --version
    case :$PATH: in
        *:"$prefix/bin":*) echo "Try: pp npm run dev" ;;
        *) echo "Add $prefix/bin to your PATH, then try: pp npm run dev" ;;
    esac
}

uninstall_files() {
    list=$prefix/share/doc/persistproc/installed-files
    [ -f "$list" ] || fail "$list does not exist: persistproc was not installed into $prefix by this script."
    while read -r file; do
        rm -f "${prefix:?}/$file"
        folder=${file%/*}
        while rmdir "$prefix/$folder" 2>/dev/null && [ "$folder" != "${folder%/*}" ]; do folder=${folder%/*}; done
    done <<EOF
$(cat "$list")
EOF
    echo "Uninstalled. Running processes go on; records and logs stay: ~/.local/share/persistproc"
}

# In a function, so that a download that was cut off runs nothing.
main() {
    prefix=${HOME:?}/.local from=$releases action=install_files
    while [ $# -gt 0 ]; do
        case $1 in
            --prefix) prefix=${2:?--prefix needs a directory} && shift ;;
            --from) from=${2:?--from needs an address} && shift ;;
            --uninstall) action=uninstall_files ;;
            *) fail "Unknown option $1. The options are --prefix, --from and --uninstall." ;;
        esac
        shift
    done
    $action
}

main "$@"
