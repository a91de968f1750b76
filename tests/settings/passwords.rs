//! Where the password comes from when the settings are loaded.

use super::*;
use followup::config::Password;

fn password(rig: &Rig) -> Password {
    rig.load().unwrap().account.login.unwrap().password
}

fn with_file(path: &Path) -> Rig {
    Rig::with(&format!("username = 'ada'\npassword_file = '{}'\n", path.display()))
}

#[test]
fn a_password_file_gives_its_one_line_as_it_is() {
    for (text, expected) in [("012345\n", "012345"), ("a b\r\n", "a b"), (" x ", " x "), ("ü\"'\\\n", "ü\"'\\")] {
        let holder = Rig::with("");
        let rig = with_file(&holder.file("pw", text));
        assert!(password(&rig).is_same(&expected.into()), "{text:?}");
    }
}

#[test]
fn a_password_file_that_will_not_do_is_named_and_never_shown() {
    let holder = Rig::with("");
    let table: [(&str, &[u8], u32, &str); 5] = [
        ("empty", b"\n", 0o600, "/empty is empty; write the password into it"),
        ("two", b"hunter2secret\nx\n", 0o600, "/two has more than one line; a password is one line"),
        ("nul", b"hunter2secret\0", 0o600, "/nul has a NUL character"),
        ("bytes", b"hunter2secret\xff", 0o600, "/bytes, line 1, column 14: this is not UTF-8 text"),
        ("open", b"hunter2secret", 0o644, "/open holds a password, and others can read it | run `chmod 600 "),
    ];
    for (name, bytes, mode, expected) in table {
        let path = holder.file(name, "");
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let said = with_file(&path).mistake();
        assert!(said.contains(expected), "{name}: {said}");
        assert_eq!(said.contains("line 8, column 17: smtp.password_file: "), name != "open", "{name}: {said}");
    }
}

#[test]
fn a_password_command_is_kept_and_not_run() {
    let rig = Rig::with("");
    let witness = rig.folder.path().join("ran");
    let command = toml::Value::from(vec!["touch", witness.to_str().unwrap()]);
    let rig = Rig::with(&format!("username = 'ada'\npassword_command = {command}\n"));
    let words = ["touch", witness.to_str().unwrap()].map(str::to_owned).to_vec();
    assert!(password(&rig).is_same(&Password::Command(words)));
    rig.describe().unwrap();
    assert!(!witness.exists(), "it was run");
}

#[test]
fn a_credential_of_systemd_serves_where_nothing_else_is_set() {
    let credentials = Rig::with("");
    let path = credentials.file("smtp-password", "from systemd\n");
    // systemd grants the service its right by a list, which looks like a group's.
    std::fs::set_permissions(&path, Permissions::from_mode(0o440)).unwrap();
    let folder = credentials.folder.path().to_str().unwrap();
    let given = |text: &str| Rig::with(text).variable("CREDENTIALS_DIRECTORY", folder);
    assert!(password(&given("username = 'ada'\n")).is_same(&"from systemd".into()));
    assert!(password(&given("username = 'ada'\npassword = 'own'\n")).is_same(&"own".into()), "what is set wins");
    let named = format!("username = 'ada'\npassword_file = '{}'\n", path.display());
    assert!(password(&given(&named)).is_same(&"from systemd".into()));
    assert!(given("").load().unwrap().account.login.is_none(), "without a name nobody logs in");
    std::fs::remove_file(path).unwrap();
    assert!(given("username = 'ada'\n").mistake().contains("smtp.username: is set, but none of"));
}

#[test]
fn settings_are_other_settings_when_only_the_password_differs_and_the_fingerprint_does_not_tell() {
    let of = |line: &str| Rig::with(&format!("username = 'ada'\n{line}\n")).load().unwrap();
    let (one, same, other) = (of("password = 'one'"), of("password = 'one'"), of("password = 'other'"));
    assert!(one.is_same(&same) && !one.is_same(&other));
    assert_eq!(one.fingerprint, other.fingerprint);
    let (command, longer) = (of("password_command = ['pass']"), of("password_command = ['pass', 'x']"));
    assert!(command.is_same(&of("password_command = ['pass']")));
    assert!(!command.is_same(&longer) && !command.is_same(&one) && command.fingerprint != longer.fingerprint);
    let holder = Rig::with("");
    let path = holder.file("pw", "one");
    let before = with_file(&path).load().unwrap();
    holder.file("pw", "other");
    let after = with_file(&path).load().unwrap();
    assert!(!before.is_same(&after) && before.fingerprint == after.fingerprint);
}

#[test]
fn no_form_of_the_settings_shows_the_secret() {
    let rig = Rig::with("username = 'ada'\npassword = 'hunter2secret'\n");
    let shown = format!("{:?} {:?}", rig.load().unwrap(), rig.describe().unwrap());
    assert!(!shown.contains(SECRET), "{shown}");
    assert_eq!(rig.setting("smtp.password").0, "(set)");
}
