//! A disk that takes no more.

use std::path::Path;
use std::process::Command;

use super::*;

#[test]
fn a_disk_that_is_full_gets_a_clear_word_and_loses_nothing() {
    let home = home();
    let id = home.add(JANE);
    // A letter that is only due is due now, whenever that is.
    home.must(&["draft", &id]);
    let before = home.json(&["list", "--all"]);
    let commands: [&[&str]; 6] = [
        &["add", "--company=Initech", "--position=Tester", "--hr=jobs@initech.example", "--interviewed=yesterday"],
        &["set", &id, "--position=Planner"],
        &["note", &id, "a few words"],
        &["heard", &id, "reply"],
        &["close", &id],
        &["backup", "copy.db"],
    ];
    for command in commands {
        // A file of more than four times 512 bytes cannot be written, and saying so does not kill the program.
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_followup")])
            .args(command);
        let output = shell.current_dir(home.folder()).env("FOLLOWUP_HOME", home.folder()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
        assert!(said.contains("disk"), "{command:?}: {said}");
        assert_eq!(home.json(&["list", "--all"]), before, "{command:?}");
        assert!(!home.folder().join("copy.db").exists(), "half a backup would be taken for a whole one");
    }
    home.must(&["note", &id, "there is room again"]);
}

#[test]
fn what_is_created_is_its_owners_alone_and_theirs_to_read_whatever_the_umask() {
    for umask in ["000", "022", "277", "777"] {
        let folder = tempfile::TempDir::new().unwrap();
        let home = folder.path().join("new/home");
        let script = format!(
            "umask {umask}; \"$@\" init --no-login --name=Ada --email=ada@me.example --smtp-host=localhost \
             && \"$@\" backup \"$3/copy.db\" && \"$@\" tick"
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_followup"), "--home"]).arg(&home);
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{umask}: {}", String::from_utf8_lossy(&output.stderr));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for folder in [home.clone(), folder.path().join("new")] {
            assert_eq!(mode(&folder), 0o700, "{umask}: {}", folder.display());
        }
        for name in ["followup.toml", "followup.db", "followup.lock", "copy.db"] {
            assert_eq!(mode(&home.join(name)), 0o600, "{umask}: {name}");
        }
    }
}

#[test]
fn what_is_not_set_up_to_its_end_has_no_settings_and_is_set_up_at_the_second_try() {
    let folder = tempfile::TempDir::new().unwrap();
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$@\"";
    let init = ["init", "--no-login", "--name=Ada", "--email=ada@me.example", "--smtp-host=localhost"];
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_followup"), "--home"]).arg(folder.path()).args(init);
    let output = shell.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("df -h"), "{said}");
    assert!(!folder.path().join("followup.toml").exists());
    let mut again = Command::new(env!("CARGO_BIN_EXE_followup"));
    assert!(again.arg("--home").arg(folder.path()).args(init).output().unwrap().status.success());
}
