//! A disk that takes no more.

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
