# shellcheck shell=bash disable=SC2154 # $root is set by the scripts that source it
# A copy that has nothing but `core` and the tests of it alone, so that it is built in seconds.
#
#   copy_core FOLDER     makes FOLDER that copy

core_suites='phases plan letters'

copy_core() {
    local suite
    rm -rf "$1"
    mkdir -p "$1/src" "$1/tests" "$1/config"
    cp -r "$root/src/core" "$root/src/core.rs" "$1/src"
    cp -r "$root/config/letters" "$1/config"
    cp -r "$root/tests/snapshots" "$1/tests"
    for suite in $core_suites; do
        cp -r "$root/tests/$suite.rs" "$1/tests"
        [ ! -d "$root/tests/$suite" ] || cp -r "$root/tests/$suite" "$1/tests"
    done
    cp "$root/Cargo.lock" "$1"
    echo 'pub mod core;' >"$1/src/lib.rs"
    # Without what these tests do not need.
    sed -e '/^\[\[bench\]\]/,/^$/d' -e '/^\[dev-dependencies\]/,/^$/d' "$root/Cargo.toml" >"$1/Cargo.toml"
    printf '\n%s\n' '[dev-dependencies]' 'insta = "1"' '[lib]' 'test = false' 'doctest = false' >>"$1/Cargo.toml"
}
