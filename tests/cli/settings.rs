//! Settings: written by `init`, read in layers, refused with a reason.

use super::*;

#[test]
fn without_settings_every_command_says_to_run_init() {
    let folder = tempfile::TempDir::new().unwrap();
    for command in [&["list"][..], &["status"], &["daemon"], &["tick"], &["approve", "1"], &[]] {
        let output = bare(folder.path()).args(command).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{command:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("followup init"), "{command:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
}

#[test]
fn init_writes_settings_for_its_owner_only_and_never_over_others() {
    let folder = tempfile::TempDir::new().unwrap();
    let home = folder.path().join("new/home");
    let init = |arguments: &[&str]| bare(&home).arg("init").args(arguments).output().unwrap();
    assert_eq!(init(&["--name", "Ada"]).status.code(), Some(2), "flags are missing");
    let wrong = ["--name", "Ada", "--email", "nobody", "--smtp-host", "localhost"];
    assert_eq!(init(&wrong).status.code(), Some(5));
    assert!(!home.exists(), "nothing was created");
    let good =
        ["--name", "Ada \"the\" Byron", "--email", "ada@me.example", "--smtp-host", "localhost", "--smtp-port", "25"];
    let done = init(&good);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let settings = home.join("followup.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    assert!(text.contains("port = 25\n") && text.contains("# Your provider's server"), "{text}");
    for file in ["followup.toml", "followup.db"] {
        let mode = std::fs::metadata(home.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(init(&good).status.code(), Some(4));
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), text);
    assert!(bare(&home).arg("list").output().unwrap().status.success());
}

#[test]
fn wrong_settings_are_named_with_file_line_and_the_nearest_key() {
    let home = home();
    let path = home.folder().join("followup.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    let table = [
        ("[smpt]\nhost = 'x'\n", "followup.toml, line 1, column 2: there is no section `smpt`; did you mean `smtp`?"),
        (
            "[me]\nname = 'Ada'\nemial = 'a@b.example'\n",
            "followup.toml, line 3, column 1: there is no key `me.emial`; did you mean `me.email`?",
        ),
        ("[me\n", "followup.toml, line 1, column 4: "),
        ("[smtp]\nport = 'many'\n", "smtp.port: must be a whole number"),
        ("[sending]\nhours = '17:00-09:00'\n", "sending.hours"),
        ("[sending]\ngrace = 'soon'\n", "sending.grace"),
        ("[sending]\nper_employer = 'often'\n", "sending.per_employer"),
        ("[etiquette]\nprofile = 'pushy'\n", "etiquette.profile"),
        ("[smtp]\nusername = 'ada'\n", "smtp.password"),
    ];
    for (text, expected) in table {
        let base = "[me]\nname = 'Ada'\nemail = 'ada@me.example'\n[smtp]\nhost = 'localhost'\n";
        let text = match text {
            text if text.starts_with("[smtp]\n") => base.to_owned() + text.trim_start_matches("[smtp]\n"),
            text if text.starts_with("[me") || text.starts_with("[smpt") => text.to_owned(),
            text => base.to_owned() + text,
        };
        std::fs::write(&path, text).unwrap();
        let ran = home.run(&["list"]);
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(ran.code, 5, "{expected}");
        assert!(said.contains(expected), "{expected}: {said}");
    }
    std::fs::write(&path, good).unwrap();
    home.must(&["list"]);
}

#[test]
fn a_password_that_others_can_read_is_refused_and_no_error_shows_one() {
    let home = home();
    home.set("smtp.username", "ada");
    home.set("smtp.password", "hunter2secret");
    home.must(&["list"]);
    let path = home.folder().join("followup.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let ran = home.run(&["list"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("chmod 600") && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    for broken in ["password = 'hunter2secret", "password = ['hunter2secret']", "passwrod = 'hunter2secret'"] {
        let base = "[me]\nname = 'Ada'\nemail = 'ada@me.example'\n[smtp]\nhost = 'localhost'\nusername = 'ada'\n";
        std::fs::write(&path, format!("{base}{broken}\n")).unwrap();
        let ran = home.run(&["list"]);
        assert_eq!(ran.code, 5, "{broken}");
        assert!(!ran.stderr.contains("hunter2"), "{broken}: {}", ran.stderr);
    }
}

#[test]
fn settings_of_the_environment_win_over_the_file() {
    let home = home();
    let output = bare(home.folder()).arg("list").env("FOLLOWUP__ETIQUETTE__PROFILE", "pushy").output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&output.stderr).contains("etiquette.profile"));
}
