//! The files themselves: missing, unreadable, not text, or readable by others.

use super::*;
use std::os::unix::fs::symlink;

fn allow(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_home_without_settings_is_told_from_one_whose_settings_cannot_be_read() {
    let rig = Rig::with("");
    std::fs::remove_file(rig.home()).unwrap();
    assert_eq!(rig.mistake(), "there are no settings yet: home/followup.toml does not exist | run `followup init`");
    assert!(matches!(rig.describe(), Err(ConfigError::Missing(_))));
    std::fs::create_dir(rig.home()).unwrap();
    let said = rig.mistake();
    assert!(
        said.starts_with("home/followup.toml: this is not a file that can be read, but a folder | move "),
        "{said}"
    );
    std::fs::remove_dir(rig.home()).unwrap();
    // It goes in circles, as good as unreadable, and works for root too.
    symlink(rig.home(), rig.home()).unwrap();
    let said = rig.mistake();
    assert!(said.starts_with("home/followup.toml: ") && said.contains("a file that you can read"), "{said}");
}

#[test]
fn a_pipe_in_its_place_keeps_nobody_waiting() {
    let rig = Rig::with("");
    std::fs::remove_file(rig.home()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(rig.home()).status().unwrap().success());
    assert!(rig.mistake().contains("but a pipe or a device"));
}

#[test]
fn what_is_not_utf_8_is_named_by_its_line() {
    let rig = Rig::with("");
    std::fs::write(rig.home(), b"[me]\nname = 'Z\xf6e'\n").unwrap();
    assert!(
        rig.mistake().starts_with("home/followup.toml, line 2, column 10: this is not UTF-8 text"),
        "{}",
        rig.mistake()
    );
}

#[test]
fn the_machines_file_is_optional_and_as_strict() {
    let rig = Rig::with("");
    assert!(rig.load().is_ok());
    rig.write(&rig.machine(), "[smtp]\nhots = 'x'\n");
    assert!(rig.mistake().starts_with("etc.toml, line 2, column 1: there is no key `smtp.hots`"), "{}", rig.mistake());
    rig.write(&rig.machine(), "[smtp]\nport = 25\nhost = 'machine'\n");
    let account = rig.load().unwrap().account;
    assert_eq!((account.host.as_str(), account.port), ("localhost", 25));
}

#[test]
fn a_file_with_a_secret_that_others_can_read_is_refused_whatever_else_is_wrong_in_it() {
    let secrets = ["password = 'hunter2secret'\n", "password = 12345\n", "password = ['hunter2secret']\nhots = 'x'\n"];
    for (secret, mode) in secrets.into_iter().flat_map(|secret| [0o640, 0o604, 0o620, 0o666].map(|mode| (secret, mode)))
    {
        let rig = Rig::with(secret);
        allow(&rig.home(), mode);
        let said = rig.mistake();
        assert!(said.starts_with("home/followup.toml holds a password, and others can read it"), "{mode:o}: {said}");
        assert!(matches!(rig.describe(), Err(ConfigError::ReadableByOthers(_))));
    }
    for harmless in ["", "password = ''\n", "password_file = ''\n"] {
        let rig = Rig::with(harmless);
        allow(&rig.home(), 0o644);
        assert!(rig.load().is_ok(), "{harmless}");
    }
    let rig = Rig::with("");
    rig.write(&rig.machine(), "[smtp]\npassword = 'hunter2secret'\n");
    allow(&rig.machine(), 0o644);
    assert!(rig.mistake().starts_with("etc.toml holds a password"));
}
