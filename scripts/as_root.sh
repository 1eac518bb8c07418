# Sourced by the other scripts: installing Debian packages, where we may.

install_packages() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    command -v apt-get >/dev/null || return 1
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3)
    "${apt[@]}" update || true # an old list may still do
    "${apt[@]}" install -y --no-install-recommends "$@"
}
